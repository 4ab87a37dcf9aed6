import { onMemory } from "#test/support/services.ts"
import { words } from "./keyWords.suite.ts"

words(onMemory)
