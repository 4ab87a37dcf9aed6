import { onNats } from "../support/services.ts"
import { commands } from "./commands.ts"
import { views } from "./views.ts"

commands(onNats)
views(onNats)
