import type { Board } from "#domain/grammar/index.ts"
import { jetstream } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Queue, Result } from "effect"
import type { LogUnavailable, Replayed, Unreadable } from "../EventLog.ts"
import type { Codec } from "../wire/CloudEvent.ts"
import * as Subject from "../wire/Subject.ts"
import { deliveries } from "./deliveries.ts"
import { headerText } from "./rawHeaders.ts"

/** Milliseconds without a sign of life after which it is given up. */
const silence = 9_000

/** Messages fetched ahead, and the most in a page. */
const most = 5_000

/** How often the server says that it is there. After two that did not come, the client begins again where it was. */
const heartbeat = 500

/** Reads a stretch of the log through an ordered consumer: no acknowledgements, and the server starts over by itself. */
export const replayer = (nats: NatsConnection, board: Board.Any, codec: Codec) => {
  const js = jetstream(nats)

  const open = (types: ReadonlyArray<string>, after: number) =>
    deliveries(
      silence,
      async (callback) => {
        const consumer = await js.consumers.get(board.name, {
          filter_subjects: [Subject.ofTypes(board, types)],
          deliver_policy: "by_start_sequence",
          opt_start_seq: after + 1
        })
        return consumer.consume({
          max_messages: most,
          expires: 5_000,
          idle_heartbeat: heartbeat,
          abort_on_missing_resource: true,
          callback
        })
      },
      (messages) => Effect.promise(() => messages.close())
    )

  return <E, R>(
    types: ReadonlyArray<string>,
    after: number,
    upTo: number,
    take: (page: ReadonlyArray<Replayed | Unreadable>) => Effect.Effect<void, E, R>
  ): Effect.Effect<void, E | LogUnavailable, R> =>
    Effect.gen(function* () {
      if (upTo <= after) return
      const queue = yield* open(types, after)
      const wanted = Subject.isOf(types)
      for (let position = after; position < upTo;) {
        const messages = yield* Queue.takeBetween(queue, 1, most)
        const page: Array<Replayed | Unreadable> = []
        for (const message of messages) {
          position = message.seq
          if (position > upTo) break
          const { subject } = message
          if (!wanted(subject)) continue
          page.push(
            Result.merge(codec.read({ position, subject, headers: headerText(message), data: () => message.json() }))
          )
        }
        if (page.length > 0) yield* take(page)
      }
    }).pipe(Effect.scoped)
}
