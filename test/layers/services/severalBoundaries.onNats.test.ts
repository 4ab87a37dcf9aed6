import { natsBackend } from "#test/support/backends.ts"
import { checkedStreams, severalBoundaries } from "./severalBoundaries.suite.ts"

severalBoundaries(natsBackend)
checkedStreams(natsBackend)
