import { natsBackend } from "#test/support/backends.ts"
import { metricsRoute } from "./metricsRoute.suite.ts"

metricsRoute(natsBackend)
