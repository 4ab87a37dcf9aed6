import { memoryBackend } from "#test/support/backends.ts"
import { countedOnce } from "./countedOnce.suite.ts"

countedOnce(memoryBackend)
