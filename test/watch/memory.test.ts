import { onMemory } from "../support/services.ts"
import { watch } from "./watch.ts"

watch(onMemory)
