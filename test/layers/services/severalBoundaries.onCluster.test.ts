import { clusterBackend } from "#test/support/backends.ts"
import { checkedStreams, severalBoundaries } from "./severalBoundaries.suite.ts"

severalBoundaries(clusterBackend)
checkedStreams(clusterBackend)
