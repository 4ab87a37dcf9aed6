import { Clock, Effect } from "effect"
import type { DismissedLetter } from "#layers/contract/deadLetterSchema.ts"
import { Audit } from "#layers/services/Audit.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { deriveId } from "#layers/services/Ids.ts"
import { DeadLetters } from "./DeadLetters.ts"

/**
 * Has a follower give up its first dead letter of an event stream: it passes over that event from now on, and over no other.
 * It is written to the audit first. What waits behind it is taken by `Parking.takeWaiting`.
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
  // After a rebuild the same event may be a dead letter again: each time has a line of its own.
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
  yield* Effect.logWarning(`${by} dismissed ${id}, ${type} of ${place}: ${reason} (it could not be taken: ${cause})`)
  return dismissed
})
