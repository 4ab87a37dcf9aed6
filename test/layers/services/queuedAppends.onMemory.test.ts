import { memoryBackend } from "#test/support/backends.ts"
import { queuedAppends } from "./queuedAppends.suite.ts"

queuedAppends(memoryBackend)
