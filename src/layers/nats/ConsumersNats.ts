import type { Board } from "#domain/grammar/index.ts"
import { jetstreamManager } from "@nats-io/jetstream"
import { Array, Effect, Layer, Order } from "effect"
import { Consumers, type Subscription } from "../Consumers.ts"
import { EventLog, type Read } from "../EventLog.ts"
import { FailPoint } from "../FailPoint.ts"
import { codecOf } from "../wire/CloudEvent.ts"
import * as Subject from "../wire/Subject.ts"
import { consumerOf, group } from "./consumerConfig.ts"
import { deliveries, unavailable } from "./deliveries.ts"
import type { Delivery } from "./Delivery.ts"
import { inOrder } from "./inOrder.ts"
import { Nats } from "./Nats.ts"
import { isMissing } from "./provision.ts"
import { valueIn } from "./rawHeaders.ts"

/** How long a follower takes to leave at the most. */
const farewell = "500 millis"

/** Milliseconds without a sign of life after which a new start is made. */
const silence = 15_000

/** The most facts handed over at once, and fetched ahead. */
const most = 512

const ack = "+ACK"
const nak = "-NAK"

const canReset = (version = "0") => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return major > 2 || (major === 2 && minor >= 14)
}

/** Durable pull consumers; one process is pinned to each, the others wait for their turn. */
export const layer = (board: Board.Any, replicas: number) =>
  Layer.effect(
    Consumers,
    Effect.gen(function* () {
      const nats = yield* Nats
      const log = yield* EventLog
      const failPoint = yield* FailPoint
      const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
      const codec = codecOf(board)

      const infoOf = ({ name }: Subscription) =>
        Effect.tryPromise({ try: () => manager.consumers.info(board.name, name), catch: unavailable })

      /** Somebody may have taken it away; what has been done up to `from` is known to whoever runs it. */
      const ensure = (subscription: Subscription) =>
        infoOf(subscription).pipe(
          Effect.catch((missing) =>
            isMissing(missing.cause)
              ? Effect.tryPromise({
                  try: () => manager.consumers.add(board.name, consumerOf(board, subscription, replicas)),
                  catch: unavailable
                }).pipe(
                  Effect.andThen(Effect.logWarning(`The consumer ${subscription.name} was gone, and is made anew`))
                )
              : Effect.fail(missing)
          )
        )

      const progressOf = (subscription: Subscription) =>
        Effect.map(infoOf(subscription), ({ ack_floor, delivered }) => ({
          acknowledged: ack_floor.stream_seq,
          delivered: delivered.stream_seq
        }))

      /**
       * What the caller has taken already is left out (a server before 2.14 cannot, and delivers it all the same). What it
       * has not, though it was acknowledged once, is answered: its store has lost it.
       */
      const meet = Effect.fnUntraced(function* (subscription: Subscription, from: number) {
        const { name, types } = subscription
        const { acknowledged } = yield* progressOf(subscription)
        if (from < acknowledged) return yield* log.between(types, from, acknowledged)
        if (from > acknowledged && canReset(nats.info?.version)) {
          yield* Effect.logDebug(`The consumer ${name} stands at ${acknowledged}, and is set to ${from}`)
          yield* Effect.tryPromise({
            try: () => manager.consumers.reset(board.name, name, from + 1),
            catch: unavailable
          })
        }
        return []
      })

      /** Deliveries as they come. What is not acknowledged when the scope closes is given back, and the turn passed on. */
      const pull = Effect.fnUntraced(function* ({ name }: Subscription) {
        const open = new Set<Delivery>()
        const giveBack = async (rest: ReadonlyArray<Delivery>, isPinned: boolean) => {
          for (const { message } of [...open, ...rest]) message.respond(nak)
          if (isPinned) await manager.consumers.unpin(board.name, name, group)
        }
        const deliver = yield* deliveries(
          nats,
          manager,
          // A process that is frozen keeps its turn for as long as its last request is open.
          { stream: board.name, consumer: name, ahead: most, open: 3_000, life: 1_000, silence, group },
          {
            onReconnect: "go on",
            leave: (rest, isPinned) =>
              Effect.ignore(Effect.tryPromise(() => giveBack(rest, isPinned))).pipe(
                Effect.timeoutOrElse({ duration: farewell, orElse: () => Effect.void })
              )
          }
        )
        const take = Effect.tap(deliver(most), (taken) => Effect.sync(() => taken.forEach((each) => open.add(each))))
        const done = (taken: Array.NonEmptyReadonlyArray<Delivery>) => {
          Array.max(taken, byPosition).message.respond(ack)
          taken.forEach((each) => open.delete(each))
        }
        return { take, done }
      })

      return {
        run: (subscription, handle, from = Effect.undefined) =>
          Effect.gen(function* () {
            yield* ensure(subscription)
            const known = yield* from
            const lost = known === undefined ? [] : yield* meet(subscription, known)
            const inPieces = (facts: ReadonlyArray<Read>) =>
              Effect.forEach(Array.chunksOf(facts, most), handle, { discard: true })
            yield* inPieces(lost)
            const { take, done } = yield* pull(subscription)
            const wanted = Subject.isOf(subscription.types)
            const ordered = inOrder({
              counted: ({ position, nth, headers }: Delivery) => ({
                position,
                nth,
                turn: valueIn(headers.text, "Nats-Pin-Id")
              }),
              wanted: ({ message }) => wanted(message.subject),
              decode: (delivery) => delivery.read(codec),
              // What the caller has stored is right, not what the server was told.
              progress: Effect.zipWith(progressOf(subscription), from, ({ acknowledged, delivered }, taken) => ({
                acknowledged: Math.min(acknowledged, taken ?? acknowledged),
                delivered
              })),
              between: (after, upTo) =>
                log
                  .between(subscription.types, after, upTo)
                  .pipe(
                    Effect.tap(({ length }) =>
                      Effect.logDebug(`${subscription.name} reads ${length} facts behind ${after}, up to ${upTo}`)
                    )
                  )
            })
            return yield* Effect.forever(
              Effect.gen(function* () {
                const taken = yield* take
                const facts = yield* ordered(taken)
                yield* inPieces(facts)
                failPoint(`before-ack:${subscription.name}`)
                if (Array.isArrayNonEmpty(taken)) done(taken)
              })
            )
          }).pipe(Effect.scoped),
        lag: (subscription) =>
          Effect.map(infoOf(subscription), ({ num_pending, num_ack_pending }) => num_pending + num_ack_pending),
        position: (subscription) => Effect.map(progressOf(subscription), ({ acknowledged }) => acknowledged)
      }
    })
  )

const byPosition = Order.mapInput(Order.Number, ({ position }: Delivery) => position)
