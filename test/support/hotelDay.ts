import { RoomAdded } from "#domain/admin/RoomAdded.ts"
import { GuestCheckedIn } from "#domain/booking/GuestCheckedIn.ts"
import { RoomAvailable } from "#domain/booking/RoomAvailable.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import { RoomCleanedUp } from "#domain/cleanup/RoomCleanedUp.ts"
import { Board, Key, Projection } from "#domain/model/index.ts"
import { Night } from "#domain/values.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { bucketOf } from "#layers/services/buckets.ts"
import { derive, digest } from "#layers/services/Ids.ts"
import type { Fact } from "#layers/services/RecordedEvent.ts"
import type { Copy, Evidence, Logged } from "../../chaos/checker/Case.ts"
import type { Call, Entry, Outcome } from "../../chaos/history.ts"

export const board: Board.Any = hotelBooking
const lanes = Board.laneOf(board)
export const room = { id: 1 }
export const ann = { id: 1 }
export const bob = { id: 2 }
export const date = Night.make("2022-12-12")
const night = "room-night/1_2022-12-12"
const time = "2022-12-12T10:00:00.000Z"

interface Given {
  readonly key: string
  readonly command: string
  readonly input: object
  readonly place: string
  readonly facts: ReadonlyArray<Fact>
  readonly actor?: string
  readonly causationId?: string
}

/** A day that went well: what was asked, in order, and what it left. */
export const booked: Given = {
  key: "b",
  command: "BookRoom",
  input: { room, client: ann, date },
  place: night,
  facts: [new RoomBooked({ room, client: ann, date })]
}
export const day: ReadonlyArray<Given> = [
  { key: "a", command: "AddRoom", input: { room }, place: "room/1", facts: [new RoomAdded({ room })] },
  booked,
  {
    key: derive(`${derive("b/0")}/schedule-cleaning/0`),
    command: "ScheduleCleaning",
    input: { room, date },
    place: night,
    facts: [new CleanUpScheduled({ room, date, team: "green" })],
    causationId: derive("b/0")
  },
  {
    key: "c",
    command: "CleanRoom",
    input: { room, date },
    place: night,
    facts: [new RoomCleanedUp({ room, date, team: "green" }), new RoomAvailable({ room, date })]
  },
  {
    key: "d",
    command: "CheckIn",
    input: { room, client: ann, date },
    place: night,
    facts: [new GuestCheckedIn({ room, client: ann, date })]
  }
]

export const logOf = (given: ReadonlyArray<Given>): ReadonlyArray<Logged> => {
  const counts = new Map<string, number>()
  const log: Array<Logged> = []
  for (const { actor = "somebody", causationId, command, facts, input, key, place } of given) {
    facts.forEach((fact, n) => {
      const index = (counts.get(place) ?? 0) + 1
      counts.set(place, index)
      log.push({
        position: log.length + 1,
        id: derive(`${key}/${n}`),
        subject: `hotel.${place}.${fact._tag}`,
        place,
        index,
        command,
        commandId: key,
        commandHash: digest([command, input]),
        actor,
        correlationId: "c",
        causationId: causationId ?? key,
        time,
        fact,
        ...(facts.length > 1 && { batch: { id: key, sequence: n + 1, commits: n === facts.length - 1 } })
      })
    })
  }
  return log
}

export const call = (key: string, t: number, outcome: Outcome, app = "a", until = t + 10): Call => ({
  type: "call",
  t,
  until,
  key,
  app,
  outcome
})

export const receipt = (log: ReadonlyArray<Logged>, key: string, duplicate = false): Outcome => {
  const facts = log.filter(({ commandId }) => commandId === key)
  return {
    is: "done",
    seq: facts.at(-1)!.position,
    duplicate,
    facts: facts.map(({ id, fact, position }) => ({ id, type: fact._tag, position }))
  }
}

const copyOf = ({ commandId, fact, id }: Logged, subject = ""): Copy => ({ subject, id, type: fact._tag, commandId })

/** All these facts are about one room on one night, so each view has one row, or none. */
const rowsOf = (log: ReadonlyArray<Logged>): ReadonlyMap<string, ReadonlyMap<string, string>> =>
  new Map(
    Board.views(board).map((view) => {
      const reads = new Set(view.shows.reads.map(({ identifier }: { identifier: string }) => identifier))
      const facts = log.filter(({ fact }) => reads.has(fact._tag))
      const newest = facts.at(-1)
      if (!newest) return [bucketOf(view), new Map()]
      const state = Projection.fold(
        view.shows,
        facts.map(({ fact }) => fact)
      )
      const stamp = { updatedAt: newest.time, updatedBy: newest.actor, position: newest.position }
      const row = { ...Key.pick(view.key, newest.fact as never), ...(state as object), ...stamp }
      const path = Key.path(Key.tokens(view.key, newest.fact as never))
      return [bucketOf(view), new Map([[path, JSON.stringify(row)]])]
    })
  )

/** Everybody asked one after the other, and was told what the log says. */
const historyOf = (given: ReadonlyArray<Given>, log: ReadonlyArray<Logged>): ReadonlyArray<Entry> =>
  given
    .filter(({ command }) => command !== "ScheduleCleaning")
    .flatMap(({ command, input, key }, n): ReadonlyArray<Entry> => [
      { type: "ask", t: n * 100, key, command, input },
      call(key, n * 100, receipt(log, key))
    ])

export const evidenceOf = (given: ReadonlyArray<Given>, more: Partial<Evidence> = {}): Evidence => {
  const log = more.log ?? logOf(given)
  const copies = new Map([
    ...board.lanes.map(
      (lane) =>
        [lane.name, log.filter(({ fact }) => lanes.get(fact._tag) === lane).map((fact) => copyOf(fact))] as const
    ),
    ["audit", log.map((fact) => copyOf(fact, "audit.accepted.x"))] as const
  ])
  return {
    board,
    history: historyOf(given, log),
    log,
    strange: new Map(),
    parked: new Map([["a", []]]),
    copies,
    rows: rowsOf(log),
    seen: [],
    replicas: [{ stream: "hotel", node: "n1", messages: log.length, last: log.length, digest: "d" }],
    restless: [],
    ...more
  }
}
