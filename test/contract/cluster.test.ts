import { onCluster } from "../support/services.ts"
import { consumers } from "./consumers.ts"
import { eventLog } from "./eventLog.ts"
import { keyValue } from "./keyValue.ts"

eventLog(onCluster)
consumers(onCluster)
keyValue(onCluster)
