import { memoryBackend } from "#test/support/backends.ts"
import { detection, interleaved, randomBoundaries } from "./randomBoundaries.suite.ts"

randomBoundaries(interleaved(memoryBackend), 120)
detection(interleaved(memoryBackend))
