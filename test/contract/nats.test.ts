import { onNats } from "../support/services.ts"
import { consumers } from "./consumers.ts"
import { duplicateWindow, eventLog } from "./eventLog.ts"
import { keyValue } from "./keyValue.ts"
import { logReader } from "./logReader.ts"
import { models } from "./models.ts"

eventLog(onNats)
duplicateWindow(onNats)
consumers(onNats)
keyValue(onNats)
models(onNats, 60)
logReader(onNats)
