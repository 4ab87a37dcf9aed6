import { jetstreamManager } from "@nats-io/jetstream"
import type { Msg } from "@nats-io/transport-node"
import { Array, Effect, Layer, Stream } from "effect"
import type { Board, Boundary } from "#domain/model/index.ts"
import { codecOf } from "#layers/codec/boardCodec.ts"
import * as Subject from "#layers/codec/Subject.ts"
import type { NoAnswer } from "#layers/nats/connection/Requests.ts"
import { reading } from "#layers/nats/consume/orderedReader.ts"
import { replayer } from "#layers/nats/consume/replay.ts"
import { statusOf } from "#layers/nats/messages/rawHeaders.ts"
import { Delivered, Got } from "#layers/nats/messages/storedMessages.ts"
import { LogUnavailable } from "#layers/services/EventLog.ts"
import { type Logged, LogReader, pageSize } from "#layers/services/LogReader.ts"
import { BulkReads } from "./BulkReads.ts"

/** Milliseconds without a sign of life after which it is given up: the node of its consumer may have died. */
const silence = 3_000

/** Messages fetched ahead, and taken in one go: whatever else this process has to do comes between. */
const ahead = 2_000
const slice = 250
const scanned = { ahead: 500, most: 100 }

/** Bytes of one page at the most, or one message. */
const maxPageBytes = 8 * 1024 * 1024

const unavailable = ({ reason }: NoAnswer) => new LogUnavailable({ reason })
const isStatus = (message: Msg) => statusOf(message) > 0
const byPosition = (a: Logged, b: Logged) => a.position - b.position

/** The log in its JetStream stream, read by position, and followed through a consumer of its own. */
export const layer = (board: Board.Any) =>
  Layer.effect(
    LogReader,
    Effect.gen(function* () {
      const { nats, requests } = yield* BulkReads
      const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
      const codec = codecOf(board)
      const direct = `$JS.API.DIRECT.GET.${board.name}`

      const get = (query: object) =>
        requests.many(direct, [JSON.stringify(query)], isStatus).pipe(
          Effect.mapError(unavailable),
          Effect.map(([messages = []]) => messages.map((message) => new Got(codec, message)))
        )

      const page = (after: number, upTo: number) =>
        upTo <= after
          ? Effect.succeed([])
          : Effect.map(
              get({ seq: after + 1, batch: Math.min(pageSize, upTo - after), max_bytes: maxPageBytes }),
              (found) => found.filter(({ position }) => position <= upTo)
            )

      const place = Effect.fnUntraced(function* (place: Boundary.Place) {
        const latest = yield* get({ multi_last: [Subject.ofPlace(board, place)], batch: pageSize })
        const found = yield* Effect.forEach(
          latest,
          ({ subject }) => get({ next_by_subj: subject, seq: 1, batch: pageSize }),
          { concurrency: 16 }
        )
        return found.flat().sort(byPosition)
      })

      const follow = (after: number) =>
        Stream.unwrap(
          Effect.map(
            reading(nats, manager, { stream: board.name, filter: Subject.ofLog(board), after, ahead, silence }),
            ({ take }) =>
              Stream.fromEffectRepeat(Effect.tap(take(slice), () => Effect.yieldNow)).pipe(
                Stream.map((taken) => taken.map((delivery) => new Delivered(codec, delivery))),
                Stream.filter(Array.isArrayNonEmpty)
              )
          )
        )

      const replay = replayer(nats, manager, board, codec, scanned)

      return { follow, page, place, replay }
    })
  )
