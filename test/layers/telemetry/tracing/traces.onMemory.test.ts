import { memoryBackend } from "#test/support/backends.ts"
import { traces } from "./traces.suite.ts"

traces(memoryBackend)
