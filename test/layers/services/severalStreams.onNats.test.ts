import { natsBackend } from "#test/support/backends.ts"
import { severalStreams } from "./severalStreams.suite.ts"

severalStreams(natsBackend)
