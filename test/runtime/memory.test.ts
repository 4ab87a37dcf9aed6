import { onMemory } from "../support/services.ts"
import { catchUp } from "./catchUp.ts"
import { commands } from "./commands.ts"
import { decisions } from "./decisions.ts"
import { dismissing } from "./dismissing.ts"
import { healing } from "./healing.ts"
import { parking } from "./parking.ts"
import { queued } from "./queued.ts"
import { reached, repeated } from "./repeated.ts"
import { unguarded } from "./unguarded.ts"
import { redelivered, views } from "./views.ts"

commands(onMemory)
unguarded(onMemory)
queued(onMemory)
decisions(onMemory)
views(onMemory)
redelivered(onMemory)
catchUp(onMemory)
repeated(onMemory, 60)
reached(onMemory)
parking(onMemory)
dismissing(onMemory)
healing(onMemory)
