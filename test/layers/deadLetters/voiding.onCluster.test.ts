import { clusterBackend } from "#test/support/backends.ts"
import { natsLogBypass } from "./natsLogBypass.ts"
import { voiding } from "./voiding.suite.ts"

voiding(clusterBackend, natsLogBypass)
