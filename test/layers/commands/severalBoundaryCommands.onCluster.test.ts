import { clusterBackend } from "#test/support/backends.ts"
import { manySubscriptions, repeatedElsewhere } from "./severalBoundaryCommands.suite.ts"

manySubscriptions(clusterBackend)
repeatedElsewhere(clusterBackend)
