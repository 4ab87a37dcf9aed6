import { onMemory } from "../support/services.ts"
import { catchUp } from "./catchUp.ts"
import { commands } from "./commands.ts"
import { healing } from "./healing.ts"
import { parking } from "./parking.ts"
import { reached, repeated } from "./repeated.ts"
import { redelivered, views } from "./views.ts"

commands(onMemory)
views(onMemory)
redelivered(onMemory)
catchUp(onMemory)
repeated(onMemory, 60)
reached(onMemory)
parking(onMemory)
healing(onMemory)
