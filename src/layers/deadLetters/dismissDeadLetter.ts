import { Clock, Effect } from "effect"
import type { DismissedLetter } from "#layers/contract/deadLetterSchema.ts"
import { Audit } from "#layers/services/Audit.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { deriveId } from "#layers/services/Ids.ts"
import { DeadLetters } from "./DeadLetters.ts"

/**
 * Dismisses the first dead letter of an event stream: its processor skips that event, and no other, from now on. The
 * dismissal is written to the audit first. `DeadLetters.retryBlocked` then retries the events that it blocked.
 */
export const dismissDeadLetter = Effect.fnUntraced(function* (
  id: string,
  { by, reason }: { readonly by: string; readonly reason: string }
) {
  const log = yield* EventLog
  const audit = yield* Audit
  const deadLetters = yield* DeadLetters
  const { by: consumer, place, position, reason: cause, since, type } = yield* deadLetters.findDismissible(id)
  const time = new Date(yield* Clock.currentTimeMillis).toISOString()
  const identity = yield* log.identity
  const dismissed: DismissedLetter = { id, consumer, place, position, type, log: identity, cause, reason, by, time }
  // After a rebuild the same event may be a dead letter again: each dismissal has its own audit entry.
  const entryId = deriveId(`dismissed/${identity}/${id}/${since}`)
  yield* audit.write({
    id: entryId,
    streamId: place,
    outcome: "dismissed",
    dismissed,
    command: "DismissDeadLetter",
    commandId: entryId,
    commandHash: "",
    actor: by,
    correlationId: entryId,
    causationId: entryId,
    time
  })
  yield* deadLetters.dismiss(id, { reason, by, time })
  yield* Effect.logWarning(
    `${by} dismissed ${id}, ${type} of ${place}: ${reason} (it could not be processed: ${cause})`
  )
  return dismissed
})
