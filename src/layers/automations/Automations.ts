import { Array, Effect, Layer, Option } from "effect"
import { Board, type Slice } from "#domain/model/index.ts"
import { checkpointsBucket } from "#layers/buckets/bucketNames.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { blockedReason } from "#layers/deadLetters/DeadLetter.ts"
import { type DeadLetter, DeadLetters, type NewDeadLetter } from "#layers/deadLetters/DeadLetters.ts"
import { splitAtNewer, untilNewer } from "#layers/deadLetters/untilNewer.ts"
import { automationSubscription } from "#layers/processors/boardSubscriptions.ts"
import { checkpointStore } from "#layers/processors/checkpointStore.ts"
import { checkpointWriter } from "#layers/processors/checkpointWriter.ts"
import { maintainCheckpoint } from "#layers/processors/maintainCheckpoint.ts"
import { trackErrors } from "#layers/processors/ProcessorErrors.ts"
import { supervise } from "#layers/processors/supervise.ts"
import { EventLog, isUndecodable, type LogEntry } from "#layers/services/EventLog.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { type Subscription, Subscriptions } from "#layers/services/Subscriptions.ts"
import { automationHandler } from "./automationHandler.ts"

/** How many event streams an automation processes at once; the events of one stream are processed in order. */
const streamConcurrency = 32

/** Events after which the checkpoint may be written: an automation that is interrupted within each batch still advances. */
const chunkSize = 128

type React = Effect.Success<ReturnType<typeof automationHandler>>

/**
 * Returns the function that processes entries of one event stream in order. The first that fails becomes a dead letter, and
 * blocks all later ones.
 */
const streamProcessor = ({ name: by, types }: Subscription, deadLetters: DeadLetters["Service"], react: React) =>
  Effect.fnUntraced(function* (entries: ReadonlyArray<LogEntry>) {
    const newDeadLetters: globalThis.Array<NewDeadLetter> = []
    const dismissed = deadLetters.dismissedPositions(by)
    for (const entry of entries) {
      const { streamId, position } = entry
      if (dismissed.has(position)) continue
      const isBlocked = newDeadLetters.length > 0 || deadLetters.blockedStreams(by).has(streamId)
      const failure = isBlocked
        ? { reason: blockedReason, attempts: 0 }
        : yield* Effect.match(react(entry), { onFailure: (failure) => failure, onSuccess: noFailure })
      if (failure === undefined) continue
      const type = isUndecodable(entry) ? Subject.typeName(types, entry.subject) : entry.event._tag
      newDeadLetters.push({ by, place: streamId, position, type, ...failure, behind: isBlocked })
    }
    yield* deadLetters.add(newDeadLetters)
  })

const noFailure = () => undefined

/** Retries a dead letter: reads its event from the log, and reacts to it again. */
const retryDeadLetter =
  (log: EventLog["Service"], react: React) =>
  ({ position }: Pick<DeadLetter, "position">) =>
    log.readAt(position).pipe(
      Effect.mapError(({ message }) => message),
      Effect.flatMap(
        Option.match({
          onNone: () => Effect.fail("it is not in the log any more"),
          onSome: (entry) => Effect.mapError(react(entry), ({ reason }) => reason)
        })
      )
    )

const runAutomation = Effect.fnUntraced(function* (board: Board.Any, automation: Slice.AnyAutomation) {
  const log = yield* EventLog
  const subscriptions = yield* Subscriptions
  const deadLetters = yield* DeadLetters
  const bucket = (yield* KeyValue).bucket(checkpointsBucket)
  const subscription = automationSubscription(board, automation)
  const name = `automation ${automation.name}`
  const react = yield* automationHandler(automation, name)
  const split = yield* splitAtNewer
  const processStream = streamProcessor(subscription, deadLetters, react)
  yield* deadLetters.registerRetry(subscription.name, retryDeadLetter(log, react))

  /** The last position that this process has read from or written to the checkpoint. */
  let lastKnownPosition = 0

  const run = Effect.gen(function* () {
    yield* bucket.ensure
    const { load, advance } = yield* checkpointStore(log, bucket, subscription.name)
    const saveCheckpoint = yield* checkpointWriter((position) =>
      Effect.andThen(
        advance(position),
        Effect.sync(() => void (lastKnownPosition = position))
      )
    )
    const handleChunk = (entries: Array.NonEmptyReadonlyArray<LogEntry>) =>
      Effect.forEach(Map.groupBy(entries, ({ streamId }) => streamId).values(), processStream, {
        concurrency: streamConcurrency,
        discard: true
      }).pipe(Effect.andThen(saveCheckpoint(Array.lastNonEmpty(entries).position)))
    const handleChunks = untilNewer(split)((batch: Array.NonEmptyReadonlyArray<LogEntry>) =>
      Effect.forEach(Array.chunksOf(batch, chunkSize), handleChunk, { discard: true })
    )
    return yield* subscriptions.run(
      subscription,
      (batch) => trackErrors(name, handleChunks(batch)),
      load.pipe(
        Effect.tap((position) => Effect.sync(() => void (lastKnownPosition = position ?? 0))),
        Effect.tap(deadLetters.awaitSync)
      )
    )
  })
  yield* supervise(name, Effect.scoped(run))
  yield* maintainCheckpoint(log, bucket, subscription.name, () => lastKnownPosition)
})

/** Runs the automations of a board: each reacts to events with commands or messages. */
export const layer = (board: Board.Any) =>
  Layer.effectDiscard(
    Effect.forEach(Board.automations(board), (automation) => runAutomation(board, automation), { discard: true })
  )
