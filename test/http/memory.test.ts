import { onMemory } from "../support/services.ts"
import { http } from "./suite.ts"

http(onMemory)
