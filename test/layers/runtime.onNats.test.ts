import { onNats, onSyncedNats } from "#test/support/services.ts"
import { commands } from "./commands/commands.suite.ts"
import { decisions } from "./commands/decisions.suite.ts"
import { queued } from "./commands/queuedCommands.suite.ts"
import { repeated } from "./commands/repeatedCommands.suite.ts"
import { unguarded } from "./commands/unguardedReads.suite.ts"
import { parking } from "./deadLetters/deadLetters.suite.ts"
import { dismissing } from "./deadLetters/dismissing.suite.ts"
import { healing } from "./processors/healing.suite.ts"
import { catchUp } from "./views/catchUp.suite.ts"
import { redelivered, views } from "./views/views.suite.ts"

commands(onNats)
unguarded(onNats)
queued(onSyncedNats)
decisions(onNats)
views(onNats)
redelivered(onNats)
catchUp(onNats)
repeated(onNats, 8)
parking(onNats)
dismissing(onNats)
healing(onNats)
