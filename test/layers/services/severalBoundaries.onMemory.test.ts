import { memoryBackend } from "#test/support/backends.ts"
import { checkedStreams, severalBoundaries } from "./severalBoundaries.suite.ts"

severalBoundaries(memoryBackend)
checkedStreams(memoryBackend)
