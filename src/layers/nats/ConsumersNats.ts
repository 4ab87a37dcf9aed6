import type { Board } from "#domain/grammar/index.ts"
import { type Consumer, type JsMsg, jetstream } from "@nats-io/jetstream"
import { Match } from "@nats-io/transport-node"
import { Array, Cause, Effect, Layer, Queue } from "effect"
import { Consumers, type Subscription } from "../Consumers.ts"
import { EventLog, LogUnavailable } from "../EventLog.ts"
import type { Recorded } from "../Fact.ts"
import { codecOf } from "../wire/CloudEvent.ts"
import { Nats } from "./Nats.ts"

/** The most facts handed over at once, and fetched ahead. */
const most = 512

const unavailable = (error: unknown) =>
  new LogUnavailable({ reason: error instanceof Error ? error.message : String(error), cause: error })

/** Durable pull consumers, made by `provision`; one process is pinned to each, the others wait for their turn. */
export const layer = (board: Board.Any) =>
  Layer.effect(
    Consumers,
    Effect.gen(function* () {
      const nats = yield* Nats
      const log = yield* EventLog
      const js = jetstream(nats)
      const codec = codecOf(board)

      const find = ({ name }: Subscription) =>
        Effect.tryPromise({ try: () => js.consumers.get(board.name, name), catch: unavailable })

      const infoOf = (consumer: Consumer) => Effect.tryPromise({ try: () => consumer.info(), catch: unavailable })

      const decode = (message: JsMsg) =>
        Effect.fromResult(
          codec.decode({
            subject: message.subject,
            position: message.seq,
            header: (name) => message.headers?.get(name, Match.IgnoreCase) || undefined,
            data: () => message.json()
          })
        )

      const pull = Effect.fnUntraced(function* (consumer: Consumer) {
        const queue = yield* Queue.make<JsMsg, LogUnavailable>()
        const messages = yield* Effect.acquireRelease(
          Effect.tryPromise({
            try: () =>
              consumer.consume({
                group: "active",
                max_messages: most,
                expires: 10_000,
                idle_heartbeat: 2_500,
                abort_on_missing_resource: true,
                callback: (message) => void Queue.offerUnsafe(queue, message)
              }),
            catch: unavailable
          }),
          (messages) => Effect.promise(() => messages.close())
        )
        void messages.closed().then((error) => {
          Queue.failCauseUnsafe(queue, Cause.fail(unavailable(error ?? "the consumer was closed")))
        })
        return queue
      })

      /**
       * Puts what was delivered in order, once. Deliveries without a gap in their count, none of them a repetition, have
       * all come here; otherwise some went to another process that did not finish them, and are read from the log.
       */
      const inOrder = (consumer: Consumer, types: ReadonlyArray<string>) => {
        let handled: number | undefined
        let delivery: number | undefined
        return Effect.fnUntraced(function* (messages: ReadonlyArray<JsMsg>) {
          const facts: Array<Recorded> = []
          for (const message of messages) {
            const { streamSequence, deliverySequence, deliveryCount } = message.info
            const gapless = handled !== undefined && delivery !== undefined && deliverySequence === delivery + 1
            if (handled !== undefined && streamSequence <= handled) {
              if (gapless) delivery = deliverySequence
              continue
            }
            if (!gapless || deliveryCount > 1) {
              const { ack_floor } = yield* infoOf(consumer)
              handled = Math.max(handled ?? 0, ack_floor.stream_seq)
              facts.push(...(yield* log.between(types, handled, streamSequence - 1)))
            }
            if (streamSequence > handled!) facts.push(yield* decode(message))
            handled = Math.max(handled!, streamSequence)
            delivery = deliveryCount > 1 ? undefined : deliverySequence
          }
          return facts
        })
      }

      return {
        run: (subscription, handle) =>
          Effect.gen(function* () {
            const consumer = yield* find(subscription)
            const queue = yield* pull(consumer)
            const ordered = inOrder(consumer, subscription.types)
            return yield* Effect.forever(
              Effect.gen(function* () {
                const messages = yield* Queue.takeBetween(queue, 1, most)
                const facts = yield* ordered(messages)
                if (Array.isReadonlyArrayNonEmpty(facts)) yield* handle(facts)
                Array.max(messages as Array.NonEmptyArray<JsMsg>, bySequence).ack()
              })
            )
          }).pipe(Effect.scoped),
        lag: (subscription) =>
          find(subscription).pipe(
            Effect.flatMap(infoOf),
            Effect.map(({ num_pending, num_ack_pending }) => num_pending + num_ack_pending)
          )
      }
    })
  )

const bySequence = (a: JsMsg, b: JsMsg) => (a.seq < b.seq ? -1 : a.seq > b.seq ? 1 : 0)
