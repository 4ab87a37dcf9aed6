import type { JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { type Board, Boundary } from "#domain/model/index.ts"
import { headerPrefix } from "#layers/codec/cloudEventAttributes.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { headerValue } from "#layers/nats/messages/messageHeaders.ts"
import { attempt, type EventCopy } from "./inventory.ts"
import { scan } from "./scanLog.ts"

/** How many events an event stream has up to the one at a position. */
interface Counted {
  readonly position: number
  readonly count: number
}

/** The number of an event in its event stream, from its headers. */
export const revisionIn = (headers: string): number => Number(headerValue(headers, `${headerPrefix}factindex`))

/** Counts the events of event streams in a damaged log, with the missing ones that have copies or were derived. */
export const streamCounts = (
  nats: NatsConnection,
  manager: JetStreamManager,
  board: Board.Any,
  copies: ReadonlyMap<number, EventCopy>
) => {
  const further = new Set(board.lanes.flatMap(({ also = [] }) => also.map(({ name }) => name)))
  const counted = new Map<string, Array<Counted>>()
  let isLogCounted = false

  const add = (streamId: string, position: number, count: number): void => {
    if (!further.has(streamId.slice(0, streamId.indexOf("/")))) return
    const own = counted.get(streamId)
    if (own) own.push({ position, count })
    else counted.set(streamId, [{ position, count }])
  }
  for (const [position, { revision, subject }] of copies) add(Subject.streamIdOf(subject), position, revision)

  /** All of it at once: a filter would find no end behind a message that the server cannot read. */
  const countLog = Effect.gen(function* () {
    const { last_seq: upTo } = yield* attempt(async () => (await manager.streams.info(board.name)).state)
    const options = { stream: board.name, filter: Subject.logFilter(board), after: 0, upTo, headersOnly: true }
    yield* scan(nats, manager, options, (deliveries) =>
      Effect.sync(() => {
        for (const { headers, message, position } of deliveries)
          add(Subject.streamIdOf(message.subject), position, revisionIn(headers.text))
      })
    )
    isLogCounted = true
  })

  return {
    add,
    /** How many events an event stream of a further boundary has before a position. */
    before: Effect.fnUntraced(function* (streamId: Boundary.StreamId, position: number) {
      if (!isLogCounted) yield* countLog
      const all = counted.get(Boundary.format(streamId)) ?? []
      return all.reduce((count, each) => (each.position < position ? Math.max(count, each.count) : count), 0)
    })
  }
}
