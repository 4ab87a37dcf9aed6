import { natsBackend } from "#test/support/backends.ts"
import { manySubscriptions, repeatedElsewhere } from "./severalBoundaryCommands.suite.ts"

manySubscriptions(natsBackend)
repeatedElsewhere(natsBackend)
