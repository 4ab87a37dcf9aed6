import { onNats } from "#test/support/services.ts"
import { duplicateWindow, eventLog } from "./eventLog.suite.ts"
import { keyValue } from "./keyValue.suite.ts"
import { logReader } from "./logReader.suite.ts"
import { models } from "./models.suite.ts"
import { consumers } from "./subscriptions.suite.ts"

eventLog(onNats)
duplicateWindow(onNats)
consumers(onNats)
keyValue(onNats)
models(onNats, 60)
logReader(onNats)
