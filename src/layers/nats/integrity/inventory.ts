import type { JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { headerValue } from "#layers/nats/messages/messageHeaders.ts"
import { parseCopyOrigin, sourceHeader, copiedSubjects } from "#layers/nats/provision/copies/copiedMessages.ts"
import { isValidCopy, lineageOf } from "#layers/nats/provision/copies/lineage.ts"
import { streamSpecs } from "#layers/nats/provision/streamSpecs.ts"
import { auditStream } from "#layers/nats/publish/auditTrimmer.ts"
import type { OutgoingMessage } from "#layers/nats/publish/publish.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { LogUnavailable } from "#layers/services/EventLog.ts"
import { auditOrder } from "./auditOrder.ts"
import { compareLog, type Comparison } from "./compareLog.ts"
import { auxiliaryMessages } from "./derivedMessages.ts"
import type { PositionRange } from "./findDamage.ts"
import { findStreamInfo } from "./logState.ts"
import { scan, findUnreadable } from "./scanLog.ts"
import { revisionIn } from "./streamCounts.ts"

/** Where a copy of an event is. */
export interface EventCopy {
  readonly stream: string
  readonly sequence: number
  /** Its subject in the log. */
  readonly subject: string
  /** Its number in its event stream. */
  readonly revision: number
}

/** The events that a log still has, and the copies of those that it lacks. */
export interface Inventory extends Comparison {
  /** The highest position that any witness of the log refers to. */
  readonly highestKnown: number
  /** Positions up to `highestKnown` that cannot be read from the log, in order. */
  readonly missing: ReadonlyArray<PositionRange>
  /** Copies of missing events, by position. */
  readonly copies: ReadonlyMap<number, EventCopy>
  /** Missing messages that are no events, and follow from those: copies in further boundaries, and checks. */
  readonly derived: ReadonlyMap<number, OutgoingMessage>
  /** Missing positions of which there is no copy, and whose message cannot be derived. */
  readonly lost: ReadonlyArray<PositionRange>
}

/** Groups ascending positions into ranges. */
const toRanges = (positions: Iterable<number>): ReadonlyArray<PositionRange> => {
  const ranges: Array<{ from: number; to: number }> = []
  for (const position of positions) {
    const last = ranges.at(-1)
    if (last && last.to === position - 1) last.to = position
    else ranges.push({ from: position, to: position })
  }
  return ranges
}

export const positionsIn = function* (ranges: ReadonlyArray<PositionRange>) {
  for (const { from, to } of ranges) for (let position = from; position <= to; position++) yield position
}

export const attempt = <A>(work: () => Promise<A>) =>
  Effect.tryPromise({ try: work, catch: (error) => new LogUnavailable({ reason: errorMessage(error), cause: error }) })

const ascending = (a: number, b: number) => a - b

/** Looks for copies of missing events in a stream that copies the log. */
const findCopies = Effect.fnUntraced(function* (
  nats: NatsConnection,
  manager: JetStreamManager,
  board: Board.Any,
  stream: string,
  missingPositions: Set<number>,
  copies: Map<number, EventCopy>,
  onCopy: (position: number, sequence: number) => void
) {
  const info = yield* attempt(() => findStreamInfo(manager, stream))
  const source = info?.config.sources?.find(({ name }) => name === board.name)
  if (info === undefined || source === undefined) return
  const lineage = lineageOf(info.config)
  for (const filter of copiedSubjects(source, [">"])) {
    const scanOptions = { stream, filter, after: 0, upTo: info.state.last_seq, headersOnly: true }
    yield* scan(nats, manager, scanOptions, (deliveries) =>
      Effect.sync(() => {
        for (const { headers, position: sequence } of deliveries) {
          const origin = parseCopyOrigin(headerValue(headers.text, sourceHeader))
          if (origin === undefined || origin.stream !== board.name) continue
          if (!isValidCopy(lineage, sequence, origin.position)) continue
          onCopy(origin.position, sequence)
          if (!missingPositions.has(origin.position)) continue
          missingPositions.delete(origin.position)
          const revision = revisionIn(headers.text)
          copies.set(origin.position, { stream, sequence, subject: origin.subject, revision })
        }
      })
    )
  }
})

/** Derives what no stream has a copy of, and finds copies that are missing after the last known event. */
const deriveMissing = Effect.fnUntraced(function* (
  { derive, endOfCopies }: ReturnType<typeof auxiliaryMessages>,
  highestKnown: number,
  missing: Set<number>,
  withoutCopy: Set<number>
) {
  const end = yield* endOfCopies(highestKnown)
  for (const position of positionsIn([{ from: highestKnown + 1, to: end }])) {
    missing.add(position)
    withoutCopy.add(position)
  }
  for (const position of [...withoutCopy].sort(ascending)) if (yield* derive(position)) withoutCopy.delete(position)
  return end
})

/**
 * Reads all of a log, and as much of the audit and the lanes as is needed to find what can be restored. Changes
 * nothing.
 */
export const takeInventory = Effect.fnUntraced(function* (
  nats: NatsConnection,
  manager: JetStreamManager,
  board: Board.Any
) {
  const comparison = yield* attempt(() => compareLog(manager, board))
  const { state, witnesses } = comparison
  const { first = 0, last = 0, messages = 0, expires = false } = state ?? {}
  const relevant = witnesses.filter(({ log }) => state === undefined || log === undefined || log === state.identity)
  const highestKnown = Math.max(last, ...relevant.map(({ position }) => position))
  const from = expires && messages > 0 ? first : 1
  const scanOptions = { stream: board.name, filter: Subject.logFilter(board), after: from - 1, upTo: last }
  const gaps =
    messages === 0 ? toRanges(positionsIn([{ from, to: last }])) : yield* findUnreadable(nats, manager, scanOptions)
  const withoutCopy = new Set(positionsIn([...gaps, { from: last + 1, to: highestKnown }]))
  const missing = new Set(withoutCopy)
  const copies = new Map<number, EventCopy>()
  const order = auditOrder(manager, board)
  const sources = streamSpecs(board, 1).filter(({ sources = [] }) => sources.some(({ name }) => name === board.name))
  // The audit first: it has copies of all events, and one scan finds them.
  for (const { name } of sources.toReversed()) {
    const onCopy = name === auditStream ? order.add : () => {}
    if (withoutCopy.size > 0) yield* findCopies(nats, manager, board, name, withoutCopy, copies, onCopy)
  }
  const auxiliary = auxiliaryMessages({ ...order, nats, manager, board, copies })
  const mayDerive = state !== undefined && Subject.mayHaveAuxiliary(board)
  const end = mayDerive ? yield* deriveMissing(auxiliary, highestKnown, missing, withoutCopy) : highestKnown
  return {
    ...comparison,
    highestKnown: end,
    missing: toRanges([...missing].sort(ascending)),
    copies,
    derived: auxiliary.derived,
    lost: toRanges([...withoutCopy].sort(ascending))
  } as Inventory
})
