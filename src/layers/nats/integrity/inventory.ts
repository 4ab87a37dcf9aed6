import type { JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { valueIn } from "#layers/nats/messages/rawHeaders.ts"
import { streamsOf } from "#layers/nats/provision/streamConfigs.ts"
import { reasonOf } from "#layers/services/errorMessage.ts"
import { LogUnavailable } from "#layers/services/EventLog.ts"
import { compare, type Comparison } from "./compareLog.ts"
import type { Stretch } from "./findings.ts"
import { isOf, lineageOf } from "./lineage.ts"
import { infoOf } from "./logState.ts"
import { scan, unreadableIn } from "./scanLog.ts"
import { originIn, sourceHeader, subjectsOf } from "./sourcedCopies.ts"

/** Where a copy of an event is. */
export interface Copy {
  readonly stream: string
  readonly sequence: number
}

/** What is left of a log, and where what it lacks can be had. */
export interface Inventory extends Comparison {
  /** The highest position that any witness of the log refers to. */
  readonly known: number
  /** Positions up to `known` that the log cannot be read at, in order. */
  readonly missing: ReadonlyArray<Stretch>
  /** Copies of missing events, by position. */
  readonly copies: ReadonlyMap<number, Copy>
  /** Positions that are missing, and of which there is no copy. */
  readonly lost: ReadonlyArray<Stretch>
}

/** Numbers in order, as stretches. */
export const stretchesOf = (positions: Iterable<number>): ReadonlyArray<Stretch> => {
  const all: Array<{ from: number; to: number }> = []
  for (const position of positions) {
    const last = all.at(-1)
    if (last && last.to === position - 1) last.to = position
    else all.push({ from: position, to: position })
  }
  return all
}

export const eachOf = function* (stretches: ReadonlyArray<Stretch>) {
  for (const { from, to } of stretches) for (let position = from; position <= to; position++) yield position
}

export const asked = <A>(work: () => Promise<A>) =>
  Effect.tryPromise({ try: work, catch: (error) => new LogUnavailable({ reason: reasonOf(error), cause: error }) })

/** Looks for copies of missing events in a stream that copies the log. */
const copiesIn = Effect.fnUntraced(function* (
  nats: NatsConnection,
  manager: JetStreamManager,
  board: Board.Any,
  stream: string,
  wanted: Set<number>,
  copies: Map<number, Copy>
) {
  const info = yield* asked(() => infoOf(manager, stream))
  const source = info?.config.sources?.find(({ name }) => name === board.name)
  if (info === undefined || source === undefined) return
  const lineage = lineageOf(info.config)
  for (const filter of subjectsOf(source, [">"])) {
    const scanned = { stream, filter, after: 0, upTo: info.state.last_seq, headersOnly: true }
    yield* scan(nats, manager, scanned, (deliveries) =>
      Effect.sync(() => {
        for (const { headers, position: sequence } of deliveries) {
          const origin = originIn(valueIn(headers.text, sourceHeader))
          if (origin === undefined || origin.stream !== board.name || !wanted.has(origin.position)) continue
          if (!isOf(lineage, sequence, origin.position)) continue
          wanted.delete(origin.position)
          copies.set(origin.position, { stream, sequence })
        }
      })
    )
  }
})

/** Reads all of a log, and as much of the audit and the lanes as is needed to say what can be put back. Changes nothing. */
export const inventory = Effect.fnUntraced(function* (
  nats: NatsConnection,
  manager: JetStreamManager,
  board: Board.Any
) {
  const comparison = yield* asked(() => compare(manager, board))
  const { state, witnesses } = comparison
  const { first = 0, last = 0, messages = 0, expires = false } = state ?? {}
  const ours = witnesses.filter(({ log }) => state === undefined || log === undefined || log === state.identity)
  const known = Math.max(last, ...ours.map(({ position }) => position))
  const from = expires && messages > 0 ? first : 1
  const scanned = { stream: board.name, filter: Subject.ofLog(board), after: from - 1, upTo: last }
  const gaps = messages === 0 ? stretchesOf(eachOf([{ from, to: last }])) : yield* unreadableIn(nats, manager, scanned)
  const missing = stretchesOf(eachOf([...gaps, { from: last + 1, to: known }]))
  const wanted = new Set(eachOf(missing))
  const copies = new Map<number, Copy>()
  const sources = streamsOf(board, 1).filter(({ sources = [] }) => sources.some(({ name }) => name === board.name))
  // The audit first: it has all of them, and one scan finds them.
  for (const { name } of sources.toReversed()) {
    if (wanted.size > 0) yield* copiesIn(nats, manager, board, name, wanted, copies)
  }
  return { ...comparison, known, missing, copies, lost: stretchesOf([...wanted].sort((a, b) => a - b)) } as Inventory
})
