import { natsBackend, syncedNatsBackend } from "#test/support/backends.ts"
import { commands } from "./commands/commands.suite.ts"
import { decisions } from "./commands/decisions.suite.ts"
import { largeBoundaries } from "./commands/largeBoundaries.suite.ts"
import { queued } from "./commands/queuedCommands.suite.ts"
import { repeated } from "./commands/repeatedCommands.suite.ts"
import { unguarded } from "./commands/unguardedReads.suite.ts"
import { deadLettering } from "./deadLetters/deadLetters.suite.ts"
import { dismissing } from "./deadLetters/dismissing.suite.ts"
import { olderEvents } from "./olderEvents.suite.ts"
import { healing } from "./processors/healing.suite.ts"
import { catchUp } from "./views/catchUp.suite.ts"
import { redeliveredEvents, views } from "./views/views.suite.ts"

commands(natsBackend)
unguarded(natsBackend)
largeBoundaries(natsBackend)
queued(syncedNatsBackend)
decisions(natsBackend)
views(natsBackend)
redeliveredEvents(natsBackend)
catchUp(natsBackend)
repeated(natsBackend, 8)
deadLettering(natsBackend)
dismissing(natsBackend)
healing(natsBackend)
olderEvents(natsBackend)
