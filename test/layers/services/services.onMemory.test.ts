import { memoryBackend } from "#test/support/backends.ts"
import { duplicateWindow, eventLog } from "./eventLog.suite.ts"
import { keyValue } from "./keyValue.suite.ts"
import { logReader } from "./logReader.suite.ts"
import { models } from "./models.suite.ts"
import { consumers } from "./subscriptions.suite.ts"

eventLog(memoryBackend)
duplicateWindow(memoryBackend)
consumers(memoryBackend)
keyValue(memoryBackend)
models(memoryBackend, 300)
logReader(memoryBackend)
