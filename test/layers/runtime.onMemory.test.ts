import { onMemory } from "#test/support/services.ts"
import { commands } from "./commands/commands.suite.ts"
import { decisions } from "./commands/decisions.suite.ts"
import { queued } from "./commands/queuedCommands.suite.ts"
import { reached, repeated } from "./commands/repeatedCommands.suite.ts"
import { unguarded } from "./commands/unguardedReads.suite.ts"
import { parking } from "./deadLetters/deadLetters.suite.ts"
import { dismissing } from "./deadLetters/dismissing.suite.ts"
import { healing } from "./processors/healing.suite.ts"
import { catchUp } from "./views/catchUp.suite.ts"
import { redelivered, views } from "./views/views.suite.ts"

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
