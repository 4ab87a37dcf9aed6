import { memoryBackend } from "#test/support/backends.ts"
import { commands } from "./commands/commands.suite.ts"
import { decisions } from "./commands/decisions.suite.ts"
import { largeBoundaries } from "./commands/largeBoundaries.suite.ts"
import { queued } from "./commands/queuedCommands.suite.ts"
import { coverage, repeated } from "./commands/repeatedCommands.suite.ts"
import { unguarded } from "./commands/unguardedReads.suite.ts"
import { deadLettering } from "./deadLetters/deadLetters.suite.ts"
import { dismissing } from "./deadLetters/dismissing.suite.ts"
import { olderEvents } from "./olderEvents.suite.ts"
import { healing } from "./processors/healing.suite.ts"
import { catchUp } from "./views/catchUp.suite.ts"
import { redeliveredEvents, views } from "./views/views.suite.ts"

commands(memoryBackend)
unguarded(memoryBackend)
largeBoundaries(memoryBackend)
queued(memoryBackend)
decisions(memoryBackend)
views(memoryBackend)
redeliveredEvents(memoryBackend)
catchUp(memoryBackend)
repeated(memoryBackend, 60)
coverage(memoryBackend)
deadLettering(memoryBackend)
dismissing(memoryBackend)
healing(memoryBackend)
olderEvents(memoryBackend)
