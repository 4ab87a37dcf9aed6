import { onCluster } from "../support/services.ts"
import { consumers } from "./consumers.ts"
import { eventLog } from "./eventLog.ts"
import { keyValue } from "./keyValue.ts"
import { models } from "./models.ts"

eventLog(onCluster)
consumers(onCluster)
keyValue(onCluster)
models(onCluster, 20)
