import { memoryBackend } from "#test/support/backends.ts"
import { http } from "./http.suite.ts"

http(memoryBackend)
