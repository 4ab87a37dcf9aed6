import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream"
import type { Msg } from "@nats-io/transport-node"
import { Effect, Layer, Option, Result } from "effect"
import { Board } from "#domain/model/index.ts"
import { VoidedPositions } from "#layers/buckets/VoidedPositions.ts"
import { type CloudEventCodec, cloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import { decodeCommandMark } from "#layers/codec/commandMark.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { Nats } from "#layers/nats/connection/Nats.ts"
import { type RequestFailed, Requests } from "#layers/nats/connection/Requests.ts"
import { makeReplayer } from "#layers/nats/consume/replayer.ts"
import { headerBlock, headerText, statusOf, headerValue } from "#layers/nats/messages/messageHeaders.ts"
import { logIdentityKey, restoreIdKey } from "#layers/nats/provision/provision.ts"
import { makeEventAppender } from "#layers/nats/publish/eventAppender.ts"
import { maxDirectGetMessages, makeHistoryReader } from "#layers/nats/read/historyOfStream.ts"
import { bodyOf, makeLeaderReads } from "#layers/nats/read/leaderReads.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { EventLog, isUndecodable, LogUnavailable, type LogEntry, type StreamRead } from "#layers/services/EventLog.ts"
import { Observer } from "#layers/services/Observer.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"

const toLogUnavailable = ({ reason }: RequestFailed) => new LogUnavailable({ reason })

const directGetSubject = ({ name }: Board.Any) => `$JS.API.DIRECT.GET.${name}`

/** A direct get responds with one message per match, then one with a status: 204 all sent, 404 no match. */
const isStatus = (message: Msg) => statusOf(message) > 0

/** The identity of the log, and of its history, which also changes when a backup is restored. */
const readIdentity = (manager: JetStreamManager, board: Board.Any) =>
  Effect.tryPromise({
    try: async () => {
      const { config, created } = await manager.streams.info(board.name)
      const id = config.metadata?.[logIdentityKey] ?? created
      const restore = config.metadata?.[restoreIdKey]
      return { identity: id, history: restore === undefined ? id : `${id}/${restore}` }
    },
    catch: errorMessage
  }).pipe(Effect.mapError((reason) => new LogUnavailable({ reason })))

type DirectGet = (
  queries: ReadonlyArray<object>
) => Effect.Effect<ReadonlyArray<ReadonlyArray<LogEntry>>, LogUnavailable>

/** Positions are contiguous; a gap means a stale replica. */
const makeReadRange = (board: Board.Any, directGet: DirectGet) =>
  Effect.fnUntraced(function* (types: ReadonlyArray<string>, after: number, upTo: number) {
    const isWanted = Subject.matchesTypes(types)
    const events: Array<LogEntry> = []
    for (let next = after + 1; next <= upTo;) {
      const batch = Math.min(maxDirectGetMessages, upTo - next + 1)
      const [messages = []] = yield* directGet([{ next_by_subj: Subject.logFilter(board), seq: next, batch }])
      const gapIndex = messages.findIndex(({ position }, n) => position !== next + n)
      if (gapIndex >= 0 || messages.length === 0) {
        const missing = next + Math.max(0, gapIndex)
        return yield* new LogUnavailable({
          reason: `the replica is behind: it does not have position ${missing} yet`
        })
      }
      events.push(...messages.filter(({ subject }) => isWanted(subject)))
      next += messages.length
    }
    return events
  })

/** Sends direct gets, whose answers are decoded events: one answer for each query. */
const makeDirectGet = (board: Board.Any, requests: Requests["Service"], codec: CloudEventCodec): DirectGet => {
  const decode = (message: Msg) => {
    const headers = headerBlock(message)
    return codec.decodeLazily({
      subject: headerValue(headers.text, "Nats-Subject"),
      position: Number(headerValue(headers.text, "Nats-Sequence")),
      headers,
      data: () => message.json()
    })
  }
  return (queries) =>
    requests
      .many(
        directGetSubject(board),
        queries.map((query) => JSON.stringify(query)),
        isStatus
      )
      .pipe(
        Effect.mapError(toLogUnavailable),
        Effect.map((answers) => answers.map((messages) => messages.map((message) => Result.merge(decode(message)))))
      )
}

/** Finds what was stored for a marked command: the messages before its mark. The mark is read from the leader. */
const makeCommandFinder = (board: Board.Any, leader: ReturnType<typeof makeLeaderReads>, directGet: DirectGet) =>
  Effect.fnUntraced(function* (commandId: string) {
    const mark = yield* Effect.mapError(leader.last(Subject.commandMarkSubject(board, commandId)), toLogUnavailable)
    const before = mark && decodeCommandMark(bodyOf(mark))
    if (before === undefined) return []
    const seq = mark!.seq - before
    const [found = []] = yield* directGet([{ next_by_subj: Subject.logFilter(board), seq, batch: before }])
    if (found.at(-1)?.position !== mark!.seq - 1)
      return yield* new LogUnavailable({ reason: "the replica that answers is behind" })
    const stored = found.filter(({ position, subject }) => position < mark!.seq && !Subject.isNoEvent(subject))
    const undecodable = stored.find(isUndecodable)
    if (undecodable) return yield* undecodable
    return stored as ReadonlyArray<RecordedEvent>
  })

/** The position of the newest event, of the board or of some types. */
const makeLastPosition = (board: Board.Any, requests: Requests["Service"]) => {
  const lanes = Board.laneOf(board)

  /** The position of the newest message on a subject; a wildcard costs the server no more than an exact subject. */
  const lastPositionOn = (subject: string) =>
    requests.one(`${directGetSubject(board)}.${subject}`, "").pipe(
      Effect.mapError(toLogUnavailable),
      Effect.map((message) => (isStatus(message) ? 0 : Number(headerValue(headerText(message), "Nats-Sequence"))))
    )

  return (types?: ReadonlyArray<string>) =>
    types === undefined
      ? lastPositionOn(Subject.logFilter(board))
      : Effect.map(
          Effect.forEach(types, (type) => lastPositionOn(Subject.typeFilter(board, lanes.get(type)!, type)), {
            concurrency: "unbounded"
          }),
          (positions) => Math.max(0, ...positions)
        )
}

/** The log of a board in its JetStream stream: guarded appends, atomic batches, direct reads. */
export const layer = (board: Board.Any) =>
  Layer.effect(
    EventLog,
    Effect.gen(function* () {
      const nats = yield* Nats
      const requests = yield* Requests
      const voided = yield* VoidedPositions
      const { onBatch } = yield* Observer
      const codec = cloudEventCodec(board)
      const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
      const streamIdentity = readIdentity(manager, board)
      const identity = Effect.map(streamIdentity, ({ identity }) => identity)
      const directGet = makeDirectGet(board, requests, codec)
      const readHistory = makeHistoryReader(directGet, (undecodable) =>
        Effect.map(voided.find(undecodable, identity), Option.isSome)
      )

      /**
       * One request per event stream: with two filters in one request the server searches subject by subject, and is
       * thirty times slower.
       */
      const readAll = (reads: ReadonlyArray<StreamRead>) =>
        Effect.flatMap(
          directGet(
            reads.map((streamId) => ({
              multi_last: [Subject.streamFilter(board, streamId)],
              batch: maxDirectGetMessages
            }))
          ),
          (answers) => Effect.forEach(answers, (latest, n) => readHistory(latest, reads[n]!.after))
        )

      return {
        read: (streamId) => Effect.map(readAll([streamId]), ([history]) => history!),
        readAll,
        append: makeEventAppender(board, nats, requests, codec, onBatch),
        findCommand: makeCommandFinder(board, makeLeaderReads(requests, board.name), directGet),
        identity,
        history: Effect.map(streamIdentity, ({ history }) => history),
        readAt: (position) =>
          Effect.map(directGet([{ next_by_subj: Subject.logFilter(board), seq: position, batch: 1 }]), ([found = []]) =>
            Option.fromUndefinedOr(found.find((each) => each.position === position && !Subject.isNoEvent(each.subject)))
          ),
        lastPosition: makeLastPosition(board, requests),
        readRange: makeReadRange(board, directGet),
        replay: makeReplayer(nats, manager, board, codec)
      }
    })
  )
