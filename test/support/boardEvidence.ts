import { Board, Boundary, Key, Lane, Projection } from "#domain/model/index.ts"
import { bucketOf } from "#layers/buckets/bucketNames.ts"
import { deriveId, digest } from "#layers/services/Ids.ts"
import { type DomainEvent, isOriginal } from "#layers/services/RecordedEvent.ts"
import type { DerivedMessage, Evidence, LoggedEvent } from "../../chaos/checker/Evidence.ts"
import type { Call, Entry, Outcome } from "../../chaos/history.ts"

/** When the history begins. */
const begin = Date.parse("2022-12-12T10:00:00.000Z")
/** Milliseconds between the requests of two steps. */
const stepMillis = 100

export interface CommandStep {
  readonly key: string
  readonly command: string
  readonly input: object
  readonly events: ReadonlyArray<DomainEvent>
  readonly actor?: string
  /** The event that an automation reacted to; nobody requested such a command. */
  readonly causationId?: string
}

/** The messages of one event: itself, and a copy in each further boundary of its lane. */
const messagesOf = (board: Board.Any, lane: Lane.Any, key: string, event: DomainEvent, n: number) => {
  const original = deriveId(`${key}/${n}`)
  return Lane.streamIds(lane, event).map((streamId, at) => ({
    event,
    streamId: Boundary.format(streamId),
    id: at === 0 ? original : deriveId(`${key}/${n}/${streamId.boundary}`),
    subject: `${board.name}.${streamId.boundary}.${at === 0 ? "" : "@"}${lane.prefix}.${streamId.key}.${event._tag}`,
    ...(at > 0 && { copyOf: original })
  }))
}

/** The log after these commands. */
const logAfter = (board: Board.Any, steps: ReadonlyArray<CommandStep>): ReadonlyArray<LoggedEvent> => {
  const lanes = Board.laneOf(board)
  const counts = new Map<string, number>()
  const log: Array<LoggedEvent> = []
  let requested = -1
  for (const { actor = "somebody", causationId, command, events, input, key } of steps) {
    const messages = events.flatMap((event, n) => messagesOf(board, lanes.get(event._tag)!, key, event, n))
    if (causationId === undefined) requested++
    const time = new Date(begin + Math.max(0, requested) * stepMillis).toISOString()
    for (const [n, message] of messages.entries()) {
      const streamRevision = (counts.get(message.streamId) ?? 0) + 1
      counts.set(message.streamId, streamRevision)
      log.push({
        ...message,
        position: log.length + 1,
        streamRevision,
        command,
        commandId: key,
        commandHash: digest([command, input]),
        actor,
        correlationId: "c",
        causationId: causationId ?? key,
        time,
        ...(messages.length > 1 && { batch: { id: key, sequence: n + 1, commits: n === messages.length - 1 } })
      })
    }
  }
  return log
}

export const callEntry = (key: string, t: number, outcome: Outcome, app = "a", until = t + 10): Call => ({
  type: "call",
  t,
  until,
  requestedAt: begin + t,
  answeredAt: begin + until,
  key,
  app,
  outcome
})

export const receiptOutcome = (log: ReadonlyArray<LoggedEvent>, key: string, duplicate = false): Outcome => {
  const events = log.filter((event) => isOriginal(event) && event.commandId === key)
  return {
    is: "done",
    seq: events.at(-1)!.position,
    duplicate,
    facts: events.map(({ id, event, position }) => ({ id, type: event._tag, position }))
  }
}

const toDerivedMessage = ({ commandId, event, id }: LoggedEvent, subject = ""): DerivedMessage => ({
  subject,
  id,
  type: event._tag,
  commandId
})

const rowsOf = (board: Board.Any, originals: ReadonlyArray<LoggedEvent>): Evidence["rows"] =>
  new Map(
    Board.views(board).map((view) => {
      const reads = new Set(view.shows.reads.map(({ identifier }: { identifier: string }) => identifier))
      const pathOf = ({ event }: LoggedEvent) => Key.toBucketKey(Key.tokens(view.key, event as never))
      const byPath = Map.groupBy(
        originals.filter(({ event }) => reads.has(event._tag)),
        pathOf
      )
      const rows = Array.from(byPath, ([path, events]) => {
        const { actor, event, position, time } = events.at(-1)!
        const state = Projection.fold(
          view.shows,
          events.map((each) => each.event)
        )
        const stamp = { updatedAt: time, updatedBy: actor, position }
        return [
          path,
          JSON.stringify({ ...Key.pick(view.key, event as never), ...(state as object), ...stamp })
        ] as const
      })
      return [bucketOf(view), new Map(rows)]
    })
  )

/** The calls one after the other, each with the outcome that matches the log. */
const historyOf = (steps: ReadonlyArray<CommandStep>, log: ReadonlyArray<LoggedEvent>): ReadonlyArray<Entry> =>
  steps
    .filter(({ causationId }) => causationId === undefined)
    .flatMap(({ command, input, key }, n): ReadonlyArray<Entry> => [
      { type: "ask", t: n * stepMillis, key, command, input },
      callEntry(key, n * stepMillis, receiptOutcome(log, key))
    ])

const evidenceAfter = (board: Board.Any, steps: ReadonlyArray<CommandStep>, more: Partial<Evidence>): Evidence => {
  const lanes = Board.laneOf(board)
  const log = more.log ?? logAfter(board, steps)
  const originals = log.filter(isOriginal)
  const derivedStreams = new Map([
    ...board.lanes.map(
      (lane) =>
        [
          lane.name,
          originals.filter(({ event }) => lanes.get(event._tag) === lane).map((event) => toDerivedMessage(event))
        ] as const
    ),
    ["audit", originals.map((event) => toDerivedMessage(event, "audit.accepted.x"))] as const
  ])
  return {
    board,
    history: historyOf(steps, log),
    log,
    checks: [],
    undecodable: new Map(),
    deadLetters: new Map([["a", []]]),
    derivedStreams,
    rows: rowsOf(board, originals),
    observedRows: [],
    replicas: [{ stream: board.name, node: "n1", messages: log.length, last: log.length, digest: "d" }],
    unsettled: [],
    ...more
  }
}

/** What a run of these commands on a board leaves behind, without faults. */
export const boardEvidence = (board: Board.Any) => ({
  logOf: (steps: ReadonlyArray<CommandStep>) => logAfter(board, steps),
  evidenceOf: (steps: ReadonlyArray<CommandStep>, more: Partial<Evidence> = {}) => evidenceAfter(board, steps, more)
})
