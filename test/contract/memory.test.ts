import { onMemory } from "../support/services.ts"
import { consumers } from "./consumers.ts"
import { eventLog } from "./eventLog.ts"
import { keyValue } from "./keyValue.ts"
import { logReader } from "./logReader.ts"

eventLog(onMemory)
consumers(onMemory)
keyValue(onMemory)
logReader(onMemory)
