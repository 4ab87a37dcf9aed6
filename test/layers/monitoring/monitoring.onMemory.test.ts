import { onMemory } from "#test/support/services.ts"
import { watch } from "./monitoring.suite.ts"

watch(onMemory)
