import { Clock, Data, Effect, Layer, Option, Stream } from "effect"
import { voidedBucket } from "#layers/buckets/bucketNames.ts"
import { VoidedPositions } from "#layers/buckets/VoidedPositions.ts"
import type { VoidedPosition } from "#layers/contract/voidedPositionSchema.ts"
import { supervise } from "#layers/processors/supervise.ts"
import { Audit } from "#layers/services/Audit.ts"
import {
  EventLog,
  isUndecodable,
  type LogUnavailable,
  type LogEntry,
  type EventEnvelope,
  type UndecodableEvent
} from "#layers/services/EventLog.ts"
import { deriveId } from "#layers/services/Ids.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { DeadLetters } from "./DeadLetters.ts"

/** The log has nothing at this position. */
export class PositionNotFound extends Data.TaggedError("PositionNotFound")<{ readonly position: number }> {
  override get message() {
    return `The log has nothing at position ${this.position}. Use the position of the dead letter, or of GET /facts.`
  }
}

/** The board can decode the message there: it is an event, which is never revoked. */
export class PositionReadable extends Data.TaggedError("PositionReadable")<{ readonly position: number }> {
  override get message() {
    return (
      `The board can read the event at position ${this.position}, so it cannot be voided. ` +
      "Correct it with a command that adds another event."
    )
  }
}

/**
 * Declares a position void: decisions, views and automations treat the message there as absent from now on. The
 * declaration is written to the audit first. Repeating it changes nothing.
 */
export const voidPosition = Effect.fnUntraced(function* (
  position: number,
  { by, reason }: { readonly by: string; readonly reason: string }
) {
  const log = yield* EventLog
  const audit = yield* Audit
  const { find, put } = yield* VoidedPositions
  const message = Option.getOrUndefined(yield* log.readAt(position))
  if (!message) return yield* new PositionNotFound({ position })
  if (!isUndecodable(message)) return yield* new PositionReadable({ position })
  const existing = yield* find(message, log.identity)
  if (Option.isSome(existing)) return existing.value
  const { streamId, subject } = message
  const time = new Date(yield* Clock.currentTimeMillis).toISOString()
  const voided: VoidedPosition = { position, log: yield* log.identity, subject, reason, by, time }
  const id = deriveId(`voided/${voided.log}/${position}`)
  yield* audit.write({
    id,
    streamId,
    outcome: "voided",
    voided,
    command: "VoidPosition",
    commandId: id,
    commandHash: "",
    actor: by,
    correlationId: id,
    causationId: id,
    time
  })
  yield* put(voided)
  yield* Effect.logWarning(`${by} voided position ${position} (${subject}): ${reason}`)
  return voided
})

/**
 * Retries the dead letters at a voided position and those that they block; another process may do so at the same time.
 * Returns how many are left at the position: an operator has to retry or dismiss the earlier dead letters that block them.
 */
export const resolveDeadLetters = Effect.fnUntraced(function* (position: number) {
  const deadLetters = yield* DeadLetters
  const lettersHere = Effect.map(deadLetters.all, (all) => all.filter((each) => each.position === position))
  yield* Effect.forEach(yield* lettersHere, ({ id }) => Effect.result(deadLetters.retry(id)), { discard: true })
  return (yield* lettersHere).length
})

/** Whether the position of an undecodable message is void. */
export const isVoid = (log: EventLog["Service"], message: UndecodableEvent) =>
  Effect.gen(function* () {
    const { find } = yield* VoidedPositions
    return Option.isSome(yield* find(message, log.identity))
  })

/** The event at a position, for a retry; `undefined` if it is void. Fails with the reason why there is none. */
export const eventAt = Effect.fnUntraced(function* (log: EventLog["Service"], position: number) {
  const entry = Option.getOrUndefined(yield* log.readAt(position))
  if (!entry) return yield* Effect.fail("it is not in the log any more")
  if (!isUndecodable(entry)) return entry
  return (yield* isVoid(log, entry)) ? undefined : yield* Effect.fail(entry.reason)
})

/** Removes entries at void positions, which are looked up only for undecodable entries. */
export const withoutVoid =
  (log: EventLog["Service"]) =>
  <R extends LogEntry | EventEnvelope>(entries: ReadonlyArray<R>): Effect.Effect<ReadonlyArray<R>, LogUnavailable> =>
    entries.some(isUndecodable)
      ? Effect.filter(entries, (entry) =>
          isUndecodable(entry) ? Effect.map(isVoid(log, entry), (isVoided) => !isVoided) : Effect.succeed(true)
        )
      : Effect.succeed(entries)

/** Resolves the dead letters at every voided position, also if another process voided it. */
export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const bucket = (yield* KeyValue).bucket(voidedBucket)
    const run = bucket.watch(">").pipe(
      Stream.runForEach(({ key }) => Effect.asVoid(resolveDeadLetters(Number(key)))),
      Effect.andThen(Effect.never)
    )
    yield* supervise("the watch of voided positions", run)
  })
)
