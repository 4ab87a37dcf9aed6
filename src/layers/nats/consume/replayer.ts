import type { JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import type { CloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { LogUnavailable, type EventEnvelope, type UndecodableEvent } from "#layers/services/EventLog.ts"
import { makeOrderedReader } from "./orderedReader.ts"

/** Milliseconds without a message or heartbeat after which reading restarts at its position. */
const idleTimeoutMillis = 5_000

/** Prefetched messages, and the maximum page size: for rebuilding a view, while there is no other work. */
const defaultReplayOptions = { maxMessages: 8_000, maxPageSize: 5_000 }

/**
 * Reads a range of the log page by page. After an interruption it resumes at its position, as long as it makes
 * progress.
 */
export const makeReplayer =
  (
    nats: NatsConnection,
    manager: JetStreamManager,
    board: Board.Any,
    codec: CloudEventCodec,
    { maxMessages, maxPageSize } = defaultReplayOptions
  ) =>
  <E, R>(
    types: ReadonlyArray<string>,
    after: number,
    upTo: number,
    onPage: (page: ReadonlyArray<EventEnvelope | UndecodableEvent>) => Effect.Effect<void, E, R>
  ): Effect.Effect<void, E | LogUnavailable, R> =>
    Effect.suspend(() => {
      const isWanted = Subject.matchesTypes(types)
      const filter = Subject.commonFilter(board, types)
      let position = after
      let attemptStart = after

      const readRest = Effect.gen(function* () {
        attemptStart = position
        const log = yield* makeOrderedReader(nats, manager, {
          stream: board.name,
          filter,
          after: position,
          maxMessages,
          idleTimeoutMillis
        })
        while (position < upTo) {
          const page: Array<EventEnvelope | UndecodableEvent> = []
          let last = position
          for (const delivery of yield* log.takeBatch(maxPageSize)) {
            last = delivery.position
            if (last > upTo) break
            if (isWanted(delivery.message.subject)) page.push(delivery.read(codec))
          }
          if (page.length > 0) yield* onPage(page)
          position = last
        }
      }).pipe(Effect.scoped)

      const hasProgressed = (error: E | LogUnavailable) => error instanceof LogUnavailable && position > attemptStart
      return upTo <= after ? Effect.void : Effect.retry(readRest, { while: hasProgressed })
    })
