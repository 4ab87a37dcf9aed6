import type { JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import type { Codec } from "#layers/codec/boardCodec.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { LogUnavailable, type Replayed, type Unreadable } from "#layers/services/EventLog.ts"
import { reading } from "./orderedReader.ts"

/** Milliseconds without a sign of life after which it begins again where it was. */
const silence = 5_000

/** Messages fetched ahead, and the most in a page: for a view that is built, and nothing else is to be done. */
const rebuilding = { ahead: 8_000, most: 5_000 }

/** Reads a stretch of the log, and goes on where it was when something came between, as long as it comes further. */
export const replayer =
  (nats: NatsConnection, manager: JetStreamManager, board: Board.Any, codec: Codec, { ahead, most } = rebuilding) =>
  <E, R>(
    types: ReadonlyArray<string>,
    after: number,
    upTo: number,
    take: (page: ReadonlyArray<Replayed | Unreadable>) => Effect.Effect<void, E, R>
  ): Effect.Effect<void, E | LogUnavailable, R> =>
    Effect.suspend(() => {
      const wanted = Subject.isOf(types)
      const filter = Subject.ofTypes(board, types)
      let position = after
      let begun = after

      const rest = Effect.gen(function* () {
        begun = position
        const log = yield* reading(nats, manager, { stream: board.name, filter, after: position, ahead, silence })
        while (position < upTo) {
          const page: Array<Replayed | Unreadable> = []
          let last = position
          for (const delivery of yield* log.take(most)) {
            last = delivery.position
            if (last > upTo) break
            if (wanted(delivery.message.subject)) page.push(delivery.read(codec))
          }
          if (page.length > 0) yield* take(page)
          position = last
        }
      }).pipe(Effect.scoped)

      const isFurther = (error: E | LogUnavailable) => error instanceof LogUnavailable && position > begun
      return upTo <= after ? Effect.void : Effect.retry(rest, { while: isFurther })
    })
