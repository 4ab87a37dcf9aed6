import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Array, Effect, Layer } from "effect"
import type { Board } from "#domain/model/index.ts"
import { cloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { Nats } from "#layers/nats/connection/Nats.ts"
import { isConsumerDeleted } from "#layers/nats/consume/consumeErrors.ts"
import { makeConsumerControl } from "#layers/nats/consume/consumerControl.ts"
import { makePullConsumer } from "#layers/nats/consume/pullConsumer.ts"
import { makeResequencer } from "#layers/nats/consume/resequencer.ts"
import type { Delivery } from "#layers/nats/messages/Delivery.ts"
import { headerValue } from "#layers/nats/messages/messageHeaders.ts"
import { priorityGroup } from "#layers/nats/provision/consumerConfig.ts"
import { subscriptionPositions } from "#layers/processors/subscriptionPositions.ts"
import { EventLog, LogUnavailable, type LogEntry } from "#layers/services/EventLog.ts"
import { FailPoint } from "#layers/services/FailPoint.ts"
import { Integrity } from "#layers/services/Integrity.ts"
import { KeyValue, type StoreUnavailable } from "#layers/services/KeyValue.ts"
import { Subscriptions, type Subscription } from "#layers/services/Subscriptions.ts"

/** Maximum time that a run spends on releasing its consumer when it ends. */
const shutdownTimeout = "500 millis"

/** Milliseconds without a message or heartbeat after which a run fails, to be started again. */
const idleTimeoutMillis = 15_000

/** Maximum number of events delivered at once, and prefetched. */
const maxBatchSize = 512

/** Pulls deliveries. When the scope closes, unfinished ones are delivered again, to another process. */
const makePull = (
  nats: NatsConnection,
  manager: JetStreamManager,
  board: Board.Any,
  { rewindIfOwned, unpin }: ReturnType<typeof makeConsumerControl>
) =>
  Effect.fnUntraced(function* (subscription: Subscription) {
    let unfinished: ReadonlyArray<Delivery> = []
    let pin = ""
    const takeBatch = yield* makePullConsumer(
      nats,
      manager,
      // A frozen process stays pinned until its last pull request expires.
      {
        stream: board.name,
        consumer: subscription.name,
        maxMessages: maxBatchSize,
        expiresMillis: 3_000,
        idleHeartbeatMillis: 1_000,
        idleTimeoutMillis,
        group: priorityGroup
      },
      {
        onReconnect: "go on",
        onClose: (undelivered, isPinned) => {
          const first = [...unfinished, ...undelivered][0]
          if (!isPinned) return Effect.void
          const release = first ? rewindIfOwned(subscription, pin, first.position - 1) : unpin(subscription)
          return Effect.ignore(release).pipe(
            Effect.timeoutOrElse({ duration: shutdownTimeout, orElse: () => Effect.void })
          )
        }
      }
    )
    const nextBatch = Effect.tap(takeBatch(maxBatchSize), (batch) =>
      Effect.sync(() => {
        unfinished = batch
        pin = pinIdOf(batch.at(-1)!) ?? ""
      })
    )
    const isIdle = (pinned: string) => pinned === pin && unfinished.length === 0
    return { nextBatch, markFinished: () => void (unfinished = []), isIdle }
  })

/** Follows the log for one subscription. Ends with the position after which the consumer has to deliver again. */
const makeFollow = Effect.fnUntraced(function* (
  board: Board.Any,
  control: ReturnType<typeof makeConsumerControl>,
  pull: ReturnType<typeof makePull>,
  position: ReturnType<typeof subscriptionPositions>["position"]
) {
  const log = yield* EventLog
  const failPoint = yield* FailPoint
  const { awaitVerified } = yield* Integrity
  const codec = cloudEventCodec(board)

  return Effect.fnUntraced(function* <E, R>(
    subscription: Subscription,
    handle: (batch: Array.NonEmptyReadonlyArray<LogEntry>) => Effect.Effect<void, E, R>,
    checkpoint: Effect.Effect<number, E, R>
  ) {
    const { name, types } = subscription
    const lastPosition = log.lastPosition(types)
    yield* control.ensure(subscription, yield* checkpoint, yield* lastPosition)
    const { markFinished, isIdle, nextBatch } = yield* pull(subscription)
    const isWanted = Subject.matchesTypes(types)
    const resequencer = makeResequencer<Delivery, LogEntry, E | LogUnavailable, R>({
      deliveryInfo: (delivery) => ({
        position: delivery.position,
        deliverySequence: delivery.deliverySequence,
        pinId: pinIdOf(delivery)
      }),
      isWanted: ({ message }) => isWanted(message.subject),
      decode: (delivery) => delivery.read(codec),
      checkpoint,
      readRange: (after, upTo) =>
        Effect.tap(log.readRange(types, after, upTo), ({ length }) =>
          Effect.logDebug(`${name} reads ${length} events after ${after}, up to ${upTo}`)
        ),
      deliver: (events) => Effect.forEach(Array.chunksOf(events, maxBatchSize), handle, { discard: true })
    })
    const processNext = Effect.gen(function* () {
      const batch = yield* nextBatch
      // A damaged log silently skips a lost event; a processor that accepted the next delivery would have missed it.
      yield* awaitVerified
      yield* resequencer.processBatch(batch)
      failPoint(`before-ack:${name}`)
      markFinished()
    })
    const stalled = control.awaitStall(subscription, {
      checkpoint: Effect.map(position(subscription), (stored) => Math.max(stored, resequencer.handledPosition() ?? 0)),
      lastPosition,
      isIdle
    })
    return yield* Effect.raceFirst(Effect.forever(processNext), stalled)
  }, Effect.scoped)
})

/** The board's subscriptions, each delivered by a durable pull consumer to which one process is pinned at a time. */
export const layer = (board: Board.Any, replicas: number) =>
  Layer.effect(
    Subscriptions,
    Effect.gen(function* () {
      const nats = yield* Nats
      const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
      const { withStoredCheckpoint, lag, position } = subscriptionPositions(yield* EventLog, yield* KeyValue)
      const control = makeConsumerControl(nats, manager, board, replicas)
      const follow = yield* makeFollow(board, control, makePull(nats, manager, board, control), position)

      const run = Effect.fnUntraced(function* <E, R>(
        subscription: Subscription,
        handle: (batch: Array.NonEmptyReadonlyArray<LogEntry>) => Effect.Effect<void, E, R>,
        from?: Effect.Effect<number | undefined, E, R>
      ) {
        const { checkpoint, deliver } =
          from === undefined ? yield* withStoredCheckpoint(subscription, handle) : { checkpoint: from, deliver: handle }
        const stored: Effect.Effect<number | undefined, E | LogUnavailable | StoreUnavailable, R> = checkpoint
        const followAndRewind = follow<E | LogUnavailable | StoreUnavailable, R>(
          subscription,
          deliver,
          Effect.map(stored, (position) => position ?? 0)
        ).pipe(
          Effect.flatMap((restartPosition) => control.rewind(subscription, restartPosition)),
          Effect.catchIf(isConsumerDeletion, () => Effect.void)
        )
        return yield* Effect.forever(followAndRewind)
      })

      return { run, lag, position }
    })
  )

const pinIdOf = ({ headers }: Delivery) => headerValue(headers.text, "Nats-Pin-Id")
const isConsumerDeletion = (error: unknown) => error instanceof LogUnavailable && isConsumerDeleted(error)
