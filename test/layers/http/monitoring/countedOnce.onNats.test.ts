import { natsBackend } from "#test/support/backends.ts"
import { countedOnce } from "./countedOnce.suite.ts"

countedOnce(natsBackend)
