import { clusterBackend } from "#test/support/backends.ts"
import { largeBoundaries } from "./largeBoundaries.suite.ts"

largeBoundaries(clusterBackend)
