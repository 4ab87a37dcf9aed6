import { memoryBackend } from "#test/support/backends.ts"
import { keysSuite } from "./keyWords.suite.ts"

keysSuite(memoryBackend)
