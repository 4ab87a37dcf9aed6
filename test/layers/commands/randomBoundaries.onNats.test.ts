import { natsBackend } from "#test/support/backends.ts"
import { randomBoundaries } from "./randomBoundaries.suite.ts"

randomBoundaries(natsBackend, 12)
