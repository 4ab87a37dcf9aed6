import { onMemory } from "../support/services.ts"
import { consumers } from "./consumers.ts"
import { duplicateWindow, eventLog } from "./eventLog.ts"
import { keyValue } from "./keyValue.ts"
import { logReader } from "./logReader.ts"
import { models } from "./models.ts"

eventLog(onMemory)
duplicateWindow(onMemory)
consumers(onMemory)
keyValue(onMemory)
models(onMemory, 300)
logReader(onMemory)
