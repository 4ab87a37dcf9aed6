import { onMemory } from "#test/support/services.ts"
import { http } from "./http.suite.ts"

http(onMemory)
