import type { Board } from "#domain/grammar/index.ts"
import { type Consumer, type JsMsg, jetstream, jetstreamManager } from "@nats-io/jetstream"
import { Array, Effect, Layer, Queue, Result } from "effect"
import { Consumers, type Subscription } from "../Consumers.ts"
import { EventLog, type Read } from "../EventLog.ts"
import { FailPoint } from "../FailPoint.ts"
import { codecOf } from "../wire/CloudEvent.ts"
import * as Subject from "../wire/Subject.ts"
import { consumerOf, group } from "./consumerConfig.ts"
import { deliveries, unavailable } from "./deliveries.ts"
import { inOrder } from "./inOrder.ts"
import { Nats } from "./Nats.ts"
import { isMissing } from "./provision.ts"
import { headerText, valueIn } from "./rawHeaders.ts"

/** How long a follower takes to leave at the most. */
const farewell = "500 millis"

/** Milliseconds without a message or a heartbeat after which a new start is made. */
const silence = 15_000

/** The most facts handed over at once, and fetched ahead. */
const most = 512

const withHeaders = (message: JsMsg) => ({ message, headers: headerText(message) })
type Delivered = ReturnType<typeof withHeaders>

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
      const js = jetstream(nats)
      const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
      const codec = codecOf(board)

      const find = ({ name }: Subscription) =>
        Effect.tryPromise({ try: () => js.consumers.get(board.name, name), catch: unavailable })

      /** Somebody may have taken it away; what has been done up to `from` is known to whoever runs it. */
      const findOrMake = (subscription: Subscription) =>
        find(subscription).pipe(
          Effect.catch((missing) =>
            isMissing(missing.cause)
              ? Effect.tryPromise({
                  try: () => manager.consumers.add(board.name, consumerOf(board, subscription, replicas)),
                  catch: unavailable
                }).pipe(
                  Effect.andThen(Effect.logWarning(`The consumer ${subscription.name} was gone, and is made anew`)),
                  Effect.andThen(find(subscription))
                )
              : Effect.fail(missing)
          )
        )

      const infoOf = (consumer: Consumer) => Effect.tryPromise({ try: () => consumer.info(), catch: unavailable })

      const progressOf = (consumer: Consumer) =>
        Effect.map(infoOf(consumer), ({ ack_floor, delivered }) => ({
          acknowledged: ack_floor.stream_seq,
          delivered: delivered.stream_seq
        }))

      const decode = ({ message, headers }: Delivered): Read =>
        Result.merge(
          codec.read({ subject: message.subject, position: message.seq, headers, data: () => message.json() })
        )

      /**
       * What the caller has taken already is left out (a server before 2.14 cannot, and delivers it all the same). What it
       * has not, though it was acknowledged once, is answered: its store has lost it.
       */
      const meet = Effect.fnUntraced(function* (consumer: Consumer, { name, types }: Subscription, from: number) {
        const { acknowledged } = yield* progressOf(consumer)
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
      const pull = Effect.fnUntraced(function* (consumer: Consumer, { name }: Subscription) {
        const open = new Set<JsMsg>()
        let delivered = false
        const giveBack = async () => {
          for (const message of open) message.nak()
          if (delivered) await manager.consumers.unpin(board.name, name, group)
        }
        const queue = yield* deliveries(
          silence,
          (take) =>
            consumer.consume({
              group,
              max_messages: most,
              // A process that is frozen keeps its turn for as long as its last pull is open.
              expires: 3_000,
              idle_heartbeat: 1_000,
              abort_on_missing_resource: true,
              callback: (message) => {
                delivered = true
                open.add(message)
                take(message)
              }
            }),
          (messages) =>
            Effect.promise(() => messages.close()).pipe(
              Effect.andThen(Effect.ignore(Effect.tryPromise(giveBack))),
              Effect.timeoutOrElse({ duration: farewell, orElse: () => Effect.void })
            )
        )
        const done = (messages: Array.NonEmptyReadonlyArray<JsMsg>) => {
          Array.max(messages, bySequence).ack()
          for (const message of messages) open.delete(message)
        }
        return { queue, done }
      })

      return {
        run: (subscription, handle, from = Effect.undefined) =>
          Effect.gen(function* () {
            const consumer = yield* findOrMake(subscription)
            const known = yield* from
            const lost = known === undefined ? [] : yield* meet(consumer, subscription, known)
            const inPieces = (facts: ReadonlyArray<Read>) =>
              Effect.forEach(Array.chunksOf(facts, most), handle, { discard: true })
            yield* inPieces(lost)
            const { queue, done } = yield* pull(consumer, subscription)
            const wanted = Subject.isOf(subscription.types)
            const ordered = inOrder({
              delivery: ({ message, headers }: Delivered) => {
                const { deliverySequence, streamSequence } = message.info
                return { deliverySequence, streamSequence, turn: valueIn(headers, "Nats-Pin-Id") }
              },
              wanted: ({ message }) => wanted(message.subject),
              decode,
              // What the caller has stored is right, not what the server was told.
              progress: Effect.zipWith(progressOf(consumer), from, ({ acknowledged, delivered }, taken) => ({
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
                const messages = yield* Queue.takeBetween(queue, 1, most)
                const facts = yield* ordered(messages.map(withHeaders))
                yield* inPieces(facts)
                failPoint(`before-ack:${subscription.name}`)
                if (Array.isArrayNonEmpty(messages)) done(messages)
              })
            )
          }).pipe(Effect.scoped),
        lag: (subscription) =>
          find(subscription).pipe(
            Effect.flatMap(infoOf),
            Effect.map(({ num_pending, num_ack_pending }) => num_pending + num_ack_pending)
          ),
        position: (subscription) =>
          Effect.map(Effect.flatMap(find(subscription), progressOf), ({ acknowledged }) => acknowledged)
      }
    })
  )

const bySequence = (a: JsMsg, b: JsMsg) => (a.seq < b.seq ? -1 : a.seq > b.seq ? 1 : 0)
