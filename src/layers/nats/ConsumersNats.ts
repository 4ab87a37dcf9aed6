import type { Board } from "#domain/grammar/index.ts"
import { type Consumer, type JsMsg, jetstream, jetstreamManager } from "@nats-io/jetstream"
import { Array, Effect, Layer, Queue } from "effect"
import { Consumers, type Subscription } from "../Consumers.ts"
import { EventLog, type LogUnavailable, type Unreadable } from "../EventLog.ts"
import type { Recorded } from "../Fact.ts"
import { codecOf } from "../wire/CloudEvent.ts"
import * as Subject from "../wire/Subject.ts"
import { deliveries, unavailable } from "./deliveries.ts"
import { inOrder } from "./inOrder.ts"
import { Nats } from "./Nats.ts"

/** One client of a group is pinned at a time. */
const group = "active"

/** How long a follower takes to leave at the most. */
const farewell = "500 millis"

/** The most facts handed over at once, and fetched ahead. */
const most = 512

const canReset = (version = "0") => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return major > 2 || (major === 2 && minor >= 14)
}

/** Durable pull consumers, made by `provision`; one process is pinned to each, the others wait for their turn. */
export const layer = (board: Board.Any) =>
  Layer.effect(
    Consumers,
    Effect.gen(function* () {
      const nats = yield* Nats
      const log = yield* EventLog
      const js = jetstream(nats)
      const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
      const codec = codecOf(board)

      const find = ({ name }: Subscription) =>
        Effect.tryPromise({ try: () => js.consumers.get(board.name, name), catch: unavailable })

      const infoOf = (consumer: Consumer) => Effect.tryPromise({ try: () => consumer.info(), catch: unavailable })

      const progressOf = (consumer: Consumer) =>
        Effect.map(infoOf(consumer), ({ ack_floor, delivered }) => ({
          acknowledged: ack_floor.stream_seq,
          delivered: delivered.stream_seq
        }))

      const decode = (message: JsMsg): Effect.Effect<Recorded, LogUnavailable | Unreadable> =>
        Effect.fromResult(
          codec.decode({
            subject: message.subject,
            position: message.seq,
            headers: message.headers ?? [],
            data: () => message.json()
          })
        )

      /** Leaves out what the caller has taken already. A server before 2.14 cannot, and delivers it all the same. */
      const skip = Effect.fnUntraced(function* (consumer: Consumer, { name }: Subscription, from: number) {
        const { acknowledged } = yield* progressOf(consumer)
        if (acknowledged >= from || !canReset(nats.info?.version)) return
        yield* Effect.tryPromise({
          try: () => manager.consumers.reset(board.name, name, from + 1),
          catch: unavailable
        })
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
          (take) =>
            consumer.consume({
              group,
              max_messages: most,
              expires: 10_000,
              idle_heartbeat: 2_500,
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
        run: (subscription, handle, from = 0) =>
          Effect.gen(function* () {
            const consumer = yield* find(subscription)
            yield* skip(consumer, subscription, from)
            const { queue, done } = yield* pull(consumer, subscription)
            const wanted = Subject.isOf(subscription.types)
            const ordered = inOrder({
              delivery: (message: JsMsg) => message.info,
              wanted: ({ subject }) => wanted(subject),
              decode,
              progress: progressOf(consumer),
              between: (after, upTo) => log.between(subscription.types, after, upTo)
            })
            return yield* Effect.forever(
              Effect.gen(function* () {
                const messages = yield* Queue.takeBetween(queue, 1, most)
                const facts = yield* ordered(messages)
                if (Array.isReadonlyArrayNonEmpty(facts)) yield* handle(facts)
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
