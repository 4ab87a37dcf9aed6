import { onMemory } from "../support/services.ts"
import { commands } from "./commands.ts"
import { redelivered, views } from "./views.ts"

commands(onMemory)
views(onMemory)
redelivered(onMemory)
