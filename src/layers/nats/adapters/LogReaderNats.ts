import { jetstreamManager } from "@nats-io/jetstream"
import type { Msg } from "@nats-io/transport-node"
import { Array, Effect, Layer, Stream } from "effect"
import type { Board, Boundary } from "#domain/model/index.ts"
import { cloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import * as Subject from "#layers/codec/Subject.ts"
import type { RequestFailed } from "#layers/nats/connection/Requests.ts"
import { makeOrderedReader } from "#layers/nats/consume/orderedReader.ts"
import { makeReplayer } from "#layers/nats/consume/replayer.ts"
import { ConsumedMessage, DirectGetMessage } from "#layers/nats/messages/logMessages.ts"
import { statusOf } from "#layers/nats/messages/messageHeaders.ts"
import { makeLeaderReads } from "#layers/nats/read/leaderReads.ts"
import { toStoredMessage } from "#layers/nats/read/storedMessage.ts"
import { LogUnavailable } from "#layers/services/EventLog.ts"
import { type LogMessage, LogReader, pageSize } from "#layers/services/LogReader.ts"
import { BulkReads } from "./BulkReads.ts"

/**
 * Milliseconds without a message or heartbeat after which following fails: the node that hosts its consumer may have
 * died.
 */
const idleTimeoutMillis = 3_000

/** Messages prefetched, and processed before the other work of this process gets its turn. */
const maxMessages = 2_000
const maxBatchSize = 250
const replayOptions = { maxMessages: 500, maxPageSize: 100 }

/** Maximum bytes of a page; a larger message is a page of its own. */
const maxPageBytes = 8 * 1024 * 1024

const toLogUnavailable = ({ reason }: RequestFailed) => new LogUnavailable({ reason })
const isStatus = (message: Msg) => statusOf(message) > 0
const byPosition = (a: LogMessage, b: LogMessage) => a.position - b.position

/** Reads the JetStream stream of the log by position, and follows it through a consumer of its own. */
export const layer = (board: Board.Any) =>
  Layer.effect(
    LogReader,
    Effect.gen(function* () {
      const { nats, requests } = yield* BulkReads
      const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
      const codec = cloudEventCodec(board)
      const direct = `$JS.API.DIRECT.GET.${board.name}`

      const directGet = (query: object) =>
        requests.many(direct, [JSON.stringify(query)], isStatus).pipe(
          Effect.mapError(toLogUnavailable),
          Effect.map(([messages = []]) => messages.map((message) => new DirectGetMessage(codec, message)))
        )

      const readPage = (after: number, upTo: number) =>
        upTo <= after
          ? Effect.succeed([])
          : Effect.map(
              directGet({ seq: after + 1, batch: Math.min(pageSize, upTo - after), max_bytes: maxPageBytes }),
              (found) => found.filter(({ position }) => position <= upTo)
            )

      const readStream = Effect.fnUntraced(function* (streamId: Boundary.StreamId) {
        const latest = yield* directGet({ multi_last: [Subject.streamFilter(board, streamId)], batch: pageSize })
        const found = yield* Effect.forEach(
          latest,
          ({ subject }) => directGet({ next_by_subj: subject, seq: 1, batch: pageSize }),
          { concurrency: 16 }
        )
        return found.flat().sort(byPosition)
      })

      // From the leader: the app may read lanes there only, see `servicePermissions`.
      const newest = (stream: string, filter: string) =>
        makeLeaderReads(requests, stream)
          .last(filter)
          .pipe(
            Effect.mapError(toLogUnavailable),
            Effect.map((found) => found && toStoredMessage(stream, found))
          )

      const follow = (after: number) =>
        Stream.unwrap(
          Effect.map(
            makeOrderedReader(nats, manager, {
              stream: board.name,
              filter: Subject.logFilter(board),
              after,
              maxMessages,
              idleTimeoutMillis
            }),
            ({ takeBatch }) =>
              Stream.fromEffectRepeat(Effect.tap(takeBatch(maxBatchSize), () => Effect.yieldNow)).pipe(
                Stream.map((batch) => batch.map((delivery) => new ConsumedMessage(codec, delivery))),
                Stream.filter(Array.isArrayNonEmpty)
              )
          )
        )

      const replay = makeReplayer(nats, manager, board, codec, replayOptions)

      return { follow, newest, readPage, readStream, replay }
    })
  )
