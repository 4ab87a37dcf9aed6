import { natsBackend } from "#test/support/backends.ts"
import { duplicateWindow, eventLog } from "./eventLog.suite.ts"
import { keyValue } from "./keyValue.suite.ts"
import { logReader } from "./logReader.suite.ts"
import { models } from "./models.suite.ts"
import { consumers } from "./subscriptions.suite.ts"

eventLog(natsBackend)
duplicateWindow(natsBackend)
consumers(natsBackend)
keyValue(natsBackend)
models(natsBackend, 60)
logReader(natsBackend)
