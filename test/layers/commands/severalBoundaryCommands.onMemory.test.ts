import { memoryBackend } from "#test/support/backends.ts"
import { manySubscriptions, repeatedElsewhere } from "./severalBoundaryCommands.suite.ts"

manySubscriptions(memoryBackend)
repeatedElsewhere(memoryBackend)
