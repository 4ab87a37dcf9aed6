import { memoryBackend } from "#test/support/backends.ts"
import { monitoring } from "./monitoring.suite.ts"

monitoring(memoryBackend)
