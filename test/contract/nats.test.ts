import { onNats } from "../support/services.ts"
import { consumers } from "./consumers.ts"
import { eventLog } from "./eventLog.ts"
import { keyValue } from "./keyValue.ts"
import { logReader } from "./logReader.ts"

eventLog(onNats)
consumers(onNats)
keyValue(onNats)
logReader(onNats)
