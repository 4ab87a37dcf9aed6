import { jetstreamManager } from "@nats-io/jetstream"
import { Array, Effect, Layer } from "effect"
import type { Board } from "#domain/model/index.ts"
import { codecOf } from "#layers/codec/boardCodec.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { Nats } from "#layers/nats/connection/Nats.ts"
import { transport } from "#layers/nats/consume/consumerPositioning.ts"
import { deliveries, isDeleted } from "#layers/nats/consume/pullConsumer.ts"
import { inOrder } from "#layers/nats/consume/resequencer.ts"
import type { Delivery } from "#layers/nats/messages/Delivery.ts"
import { valueIn } from "#layers/nats/messages/rawHeaders.ts"
import { group } from "#layers/nats/provision/consumerConfig.ts"
import { positions } from "#layers/processors/positions.ts"
import { EventLog, LogUnavailable, type Read } from "#layers/services/EventLog.ts"
import { FailPoint } from "#layers/services/FailPoint.ts"
import { Integrity } from "#layers/services/Integrity.ts"
import { KeyValue, type StoreUnavailable } from "#layers/services/KeyValue.ts"
import { Consumers, type Subscription } from "#layers/services/Subscriptions.ts"

/** How long a run takes to leave at the most. */
const shutdownTimeout = "500 millis"

/** Milliseconds without a sign of life after which a new start is made. */
const idleTimeoutMillis = 15_000

/** The most events handed over at once, and fetched ahead. */
const maxBatchSize = 512

/** The board's subscriptions, each delivered by a durable pull consumer to which one process is pinned at a time. */
export const layer = (board: Board.Any, replicas: number) =>
  Layer.effect(
    Consumers,
    Effect.gen(function* () {
      const nats = yield* Nats
      const log = yield* EventLog
      const failPoint = yield* FailPoint
      const { sound } = yield* Integrity
      const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
      const codec = codecOf(board)
      const { kept, lag, position } = positions(log, yield* KeyValue)
      const { ensure, giveBack, rewind, unpin, untilStalled } = transport(nats, manager, board, replicas)

      /** Deliveries as they come. When the scope closes, what was not finished is delivered again, to another process. */
      const pull = Effect.fnUntraced(function* (subscription: Subscription) {
        let unfinished: ReadonlyArray<Delivery> = []
        let pin = ""
        const deliver = yield* deliveries(
          nats,
          manager,
          // A process that is frozen keeps its turn for as long as its last request is open.
          {
            stream: board.name,
            consumer: subscription.name,
            ahead: maxBatchSize,
            open: 3_000,
            life: 1_000,
            silence: idleTimeoutMillis,
            group
          },
          {
            onReconnect: "go on",
            leave: (rest, isPinned) => {
              const first = [...unfinished, ...rest][0]
              if (!isPinned) return Effect.void
              const leaving = first ? giveBack(subscription, pin, first.position - 1) : unpin(subscription)
              return Effect.ignore(leaving).pipe(
                Effect.timeoutOrElse({ duration: shutdownTimeout, orElse: () => Effect.void })
              )
            }
          }
        )
        const take = Effect.tap(deliver(maxBatchSize), (taken) =>
          Effect.sync(() => {
            unfinished = taken
            pin = turnOf(taken.at(-1)!) ?? ""
          })
        )
        const isIdle = (pinned: string) => pinned === pin && unfinished.length === 0
        return { take, done: () => void (unfinished = []), isIdle }
      })

      /** Follows the log. Ends with a position when the consumer is to deliver again what is behind it. */
      const follow = Effect.fnUntraced(function* <E, R>(
        subscription: Subscription,
        handle: (batch: Array.NonEmptyReadonlyArray<Read>) => Effect.Effect<void, E, R>,
        checkpoint: Effect.Effect<number, E, R>
      ) {
        const { name, types } = subscription
        const newest = log.newest(types)
        yield* ensure(subscription, yield* checkpoint, yield* newest)
        const { done, isIdle, take } = yield* pull(subscription)
        const wanted = Subject.isOf(types)
        const ordered = inOrder<Delivery, Read, E | LogUnavailable, R>({
          counted: (delivery) => ({ position: delivery.position, nth: delivery.nth, turn: turnOf(delivery) }),
          wanted: ({ message }) => wanted(message.subject),
          decode: (delivery) => delivery.read(codec),
          checkpoint,
          between: (after, upTo) =>
            Effect.tap(log.between(types, after, upTo), ({ length }) =>
              Effect.logDebug(`${name} reads ${length} events behind ${after}, up to ${upTo}`)
            ),
          hand: (events) => Effect.forEach(Array.chunksOf(events, maxBatchSize), handle, { discard: true })
        })
        const work = Effect.gen(function* () {
          const taken = yield* take
          // A damaged log delivers without a word what is behind a lost event, and whoever takes that has missed the event.
          yield* sound
          yield* ordered.take(taken)
          failPoint(`before-ack:${name}`)
          done()
        })
        const stalled = untilStalled(subscription, {
          checkpoint: Effect.map(position(subscription), (stored) => Math.max(stored, ordered.handled() ?? 0)),
          newest,
          isIdle
        })
        return yield* Effect.raceFirst(Effect.forever(work), stalled)
      }, Effect.scoped)

      return {
        run: <E, R>(
          subscription: Subscription,
          handle: (batch: Array.NonEmptyReadonlyArray<Read>) => Effect.Effect<void, E, R>,
          from?: Effect.Effect<number | undefined, E, R>
        ) =>
          Effect.gen(function* () {
            const { checkpoint, hand } =
              from === undefined ? yield* kept(subscription, handle) : { checkpoint: from, hand: handle }
            const stored: Effect.Effect<number | undefined, E | LogUnavailable | StoreUnavailable, R> = checkpoint
            const known = Effect.map(stored, (position) => position ?? 0)
            const again = follow<E | LogUnavailable | StoreUnavailable, R>(subscription, hand, known).pipe(
              Effect.flatMap((behind) => rewind(subscription, behind)),
              Effect.catchIf(isGone, () => Effect.void)
            )
            return yield* Effect.forever(again)
          }),
        lag,
        position
      }
    })
  )

const turnOf = ({ headers }: Delivery) => valueIn(headers.text, "Nats-Pin-Id")
const isGone = (error: unknown) => error instanceof LogUnavailable && isDeleted(error)
