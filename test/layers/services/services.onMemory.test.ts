import { onMemory } from "#test/support/services.ts"
import { duplicateWindow, eventLog } from "./eventLog.suite.ts"
import { keyValue } from "./keyValue.suite.ts"
import { logReader } from "./logReader.suite.ts"
import { models } from "./models.suite.ts"
import { consumers } from "./subscriptions.suite.ts"

eventLog(onMemory)
duplicateWindow(onMemory)
consumers(onMemory)
keyValue(onMemory)
models(onMemory, 300)
logReader(onMemory)
