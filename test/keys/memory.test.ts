import { onMemory } from "../support/services.ts"
import { words } from "./words.ts"

words(onMemory)
