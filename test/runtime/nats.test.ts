import { onNats } from "../support/services.ts"
import { commands } from "./commands.ts"
import { redelivered, views } from "./views.ts"

commands(onNats)
views(onNats)
redelivered(onNats)
