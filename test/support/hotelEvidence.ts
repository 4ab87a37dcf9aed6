import { RoomAdded } from "#domain/admin/RoomAdded.ts"
import { GuestCheckedIn } from "#domain/booking/GuestCheckedIn.ts"
import { RoomAvailable } from "#domain/booking/RoomAvailable.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import { RoomCleanedUp } from "#domain/cleanup/RoomCleanedUp.ts"
import { Board, Key, Projection } from "#domain/model/index.ts"
import { Night } from "#domain/values.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { bucketOf } from "#layers/buckets/bucketNames.ts"
import { deriveId, digest } from "#layers/services/Ids.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"
import type { DerivedMessage, Evidence, LoggedEvent } from "../../chaos/checker/Evidence.ts"
import type { Call, Entry, Outcome } from "../../chaos/history.ts"

export const board: Board.Any = hotelBooking
const lanes = Board.laneOf(board)
export const room = { id: 1 }
export const ann = { id: 1 }
export const bob = { id: 2 }
export const date = Night.make("2022-12-12")
const night = "room-night/1_2022-12-12"
const time = "2022-12-12T10:00:00.000Z"

interface CommandStep {
  readonly key: string
  readonly command: string
  readonly input: object
  readonly streamId: string
  readonly events: ReadonlyArray<DomainEvent>
  readonly actor?: string
  readonly causationId?: string
}

/** The commands of a day without rejections, in order, and their events. */
export const booked: CommandStep = {
  key: "b",
  command: "BookRoom",
  input: { room, client: ann, date },
  streamId: night,
  events: [new RoomBooked({ room, client: ann, date })]
}
export const day: ReadonlyArray<CommandStep> = [
  { key: "a", command: "AddRoom", input: { room }, streamId: "room/1", events: [new RoomAdded({ room })] },
  booked,
  {
    key: deriveId(`${deriveId("b/0")}/schedule-cleaning/0`),
    command: "ScheduleCleaning",
    input: { room, date },
    streamId: night,
    events: [new CleanUpScheduled({ room, date, team: "green" })],
    causationId: deriveId("b/0")
  },
  {
    key: "c",
    command: "CleanRoom",
    input: { room, date },
    streamId: night,
    events: [new RoomCleanedUp({ room, date, team: "green" }), new RoomAvailable({ room, date })]
  },
  {
    key: "d",
    command: "CheckIn",
    input: { room, client: ann, date },
    streamId: night,
    events: [new GuestCheckedIn({ room, client: ann, date })]
  }
]

export const logOf = (steps: ReadonlyArray<CommandStep>): ReadonlyArray<LoggedEvent> => {
  const counts = new Map<string, number>()
  const log: Array<LoggedEvent> = []
  for (const { actor = "somebody", causationId, command, events, input, key, streamId } of steps) {
    events.forEach((event, n) => {
      const index = (counts.get(streamId) ?? 0) + 1
      counts.set(streamId, index)
      log.push({
        position: log.length + 1,
        id: deriveId(`${key}/${n}`),
        subject: `hotel.${streamId}.${event._tag}`,
        streamId,
        streamRevision: index,
        command,
        commandId: key,
        commandHash: digest([command, input]),
        actor,
        correlationId: "c",
        causationId: causationId ?? key,
        time,
        event,
        ...(events.length > 1 && { batch: { id: key, sequence: n + 1, commits: n === events.length - 1 } })
      })
    })
  }
  return log
}

export const callEntry = (key: string, t: number, outcome: Outcome, app = "a", until = t + 10): Call => ({
  type: "call",
  t,
  until,
  key,
  app,
  outcome
})

export const receiptOutcome = (log: ReadonlyArray<LoggedEvent>, key: string, duplicate = false): Outcome => {
  const events = log.filter(({ commandId }) => commandId === key)
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

/** All these events are about one room on one night, so each view has at most one row. */
const rowsOf = (log: ReadonlyArray<LoggedEvent>): ReadonlyMap<string, ReadonlyMap<string, string>> =>
  new Map(
    Board.views(board).map((view) => {
      const reads = new Set(view.shows.reads.map(({ identifier }: { identifier: string }) => identifier))
      const events = log.filter(({ event }) => reads.has(event._tag))
      const newest = events.at(-1)
      if (!newest) return [bucketOf(view), new Map()]
      const state = Projection.fold(
        view.shows,
        events.map(({ event }) => event)
      )
      const stamp = { updatedAt: newest.time, updatedBy: newest.actor, position: newest.position }
      const row = { ...Key.pick(view.key, newest.event as never), ...(state as object), ...stamp }
      const path = Key.toBucketKey(Key.tokens(view.key, newest.event as never))
      return [bucketOf(view), new Map([[path, JSON.stringify(row)]])]
    })
  )

/** The calls one after the other, each with the outcome that matches the log. */
const historyOf = (steps: ReadonlyArray<CommandStep>, log: ReadonlyArray<LoggedEvent>): ReadonlyArray<Entry> =>
  steps
    .filter(({ command }) => command !== "ScheduleCleaning")
    .flatMap(({ command, input, key }, n): ReadonlyArray<Entry> => [
      { type: "ask", t: n * 100, key, command, input },
      callEntry(key, n * 100, receiptOutcome(log, key))
    ])

export const evidenceOf = (steps: ReadonlyArray<CommandStep>, more: Partial<Evidence> = {}): Evidence => {
  const log = more.log ?? logOf(steps)
  const derivedStreams = new Map([
    ...board.lanes.map(
      (lane) =>
        [
          lane.name,
          log.filter(({ event }) => lanes.get(event._tag) === lane).map((event) => toDerivedMessage(event))
        ] as const
    ),
    ["audit", log.map((event) => toDerivedMessage(event, "audit.accepted.x"))] as const
  ])
  return {
    board,
    history: historyOf(steps, log),
    log,
    undecodable: new Map(),
    deadLetters: new Map([["a", []]]),
    derivedStreams,
    rows: rowsOf(log),
    observedRows: [],
    replicas: [{ stream: "hotel", node: "n1", messages: log.length, last: log.length, digest: "d" }],
    unsettled: [],
    ...more
  }
}
