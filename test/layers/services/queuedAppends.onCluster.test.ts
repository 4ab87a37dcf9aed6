import { clusterBackend } from "#test/support/backends.ts"
import { queuedAppends } from "./queuedAppends.suite.ts"

queuedAppends(clusterBackend)
