import { assert, describe, it } from "@effect/vitest"
import { BookingCancelled } from "#domain/booking/BookingCancelled.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { CleaningCalledOff } from "#domain/cleanup/CleaningCalledOff.ts"
import { teamFor } from "#domain/cleanup/teams.ts"
import { type Room, Night } from "#domain/values.ts"
import { deriveId } from "#layers/services/Ids.ts"
import { addRoom, ann, bob, evidenceOf, logOf, room, scheduled } from "#test/hotel/support/hotelEvidence.ts"
import { callEntry, type CommandStep } from "#test/support/boardEvidence.ts"
import { type Evidence, EvidenceIndex, type LoggedEvent } from "../../../chaos/checker/Evidence.ts"
import { check } from "../../../chaos/checker/index.ts"
import { changesDuring } from "../../../chaos/checker/moments.ts"
import type { Entry } from "../../../chaos/history.ts"
import { hotelInvariants } from "../../../chaos/load/hotel/hotelInvariants.ts"

const room2 = { id: 2 }
const [first, second] = [Night.make("2022-12-20"), Night.make("2022-12-21")]

const bookStay = (key: string, client = ann): CommandStep => ({
  key,
  command: "BookStay",
  input: { room, client, firstNight: first, nights: 2 },
  events: [first, second].map((date) => new RoomBooked({ room, client, date }))
})
const moveToRoom2: CommandStep = {
  key: "m",
  command: "MoveBooking",
  input: { room, newRoom: room2, client: ann, date: second },
  events: [
    new BookingCancelled({ room, client: ann, date: second }),
    new RoomBooked({ room: room2, client: ann, date: second })
  ]
}
const cancel = (key: string, cancelled: Room, client: Room, date: Night): CommandStep => ({
  key,
  command: "CancelBooking",
  input: { room: cancelled, client, date },
  events: [new BookingCancelled({ room: cancelled, client, date })]
})
const book = (key: string, booked: Room, client: Room, date: Night): CommandStep => ({
  key,
  command: "BookRoom",
  input: { room: booked, client, date },
  events: [new RoomBooked({ room: booked, client, date })]
})
/** The bot's reaction to the first event of a command, a cancellation in room 1. */
const calledOff = (key: string, date: Night): CommandStep => ({
  key: deriveId(`${deriveId(`${key}/0`)}/call-off-cleaning/0`),
  command: "CallOffCleaning",
  input: { room, date },
  events: [new CleaningCalledOff({ room, date, team: teamFor(room, date) })],
  causationId: deriveId(`${key}/0`)
})

const rooms = [addRoom("a1", room), addRoom("a2", room2)]
const changes: ReadonlyArray<CommandStep> = [
  ...rooms,
  bookStay("s"),
  scheduled("s", 0, room, first),
  scheduled("s", 1, room, second),
  moveToRoom2,
  scheduled("m", 1, room2, second),
  calledOff("m", second),
  cancel("c", room, ann, first),
  calledOff("c", first)
]

const violations = (evidence: Evidence) => check(evidence, hotelInvariants).flatMap(({ violations }) => violations)
const violatedBy = (evidence: Evidence) => violations(evidence).map(({ invariant }) => invariant)
const renumbered = (log: ReadonlyArray<LoggedEvent>) => log.map((event, n) => ({ ...event, position: n + 1 }))

/** A rejection, and its line in the audit. */
const withRejection = (
  steps: ReadonlyArray<CommandStep>,
  { command, input }: Pick<CommandStep, "command" | "input">,
  code: string,
  [t, until]: readonly [number, number]
): Evidence => {
  const evidence = evidenceOf(steps)
  const audited = { subject: "audit.refused.x", id: "r", type: code, commandId: "r" }
  const entries: ReadonlyArray<Entry> = [
    { type: "ask", t, key: "r", command, input },
    callEntry("r", t, { is: "refused", code }, "a", until)
  ]
  return {
    ...evidence,
    history: [...evidence.history, ...entries],
    derivedStreams: new Map([
      ...evidence.derivedStreams,
      ["audit", [...evidence.derivedStreams.get("audit")!, audited]]
    ])
  }
}

const stayEvents = logOf([...rooms, bookStay("s")])
const moveAfter = [...rooms, bookStay("s"), moveToRoom2]
const at = (log: ReadonlyArray<LoggedEvent>, position: number, more: Partial<LoggedEvent>) =>
  log.map((event) => (event.position === position ? { ...event, ...more } : event))

describe("The checker of stays, moves and cancellations", () => {
  it("finds nothing in a valid history", () => {
    assert.deepStrictEqual(violations(evidenceOf(changes)), [])
  })

  it("finds a stay of which a night lacks", () => {
    const found = violatedBy(evidenceOf([...rooms, bookStay("s")], { log: stayEvents.slice(0, -1) }))
    assert.includeMembers(found, ["I2", "I4", "H2"])
  })

  it("finds a night that a stay books although another guest has it", () => {
    const found = violatedBy(evidenceOf([...rooms, book("b", room, bob, second), bookStay("s")]))
    assert.includeMembers(found, ["I2", "H1"])
  })

  it("finds a cancellation by who did not book", () => {
    const found = violatedBy(evidenceOf([...rooms, book("b", room, bob, first), cancel("c", room, ann, first)]))
    assert.includeMembers(found, ["I2", "H1"])
  })

  it("accepts a night that is booked again after a cancellation", () => {
    const again = [...rooms, book("b", room, bob, first), cancel("c", room, bob, first), book("d", room, ann, first)]
    const found = violatedBy(evidenceOf(again))
    assert.notInclude(found, "I2")
    assert.notInclude(found, "H1")
  })

  it("finds a move that only cancels", () => {
    const log = logOf(moveAfter).slice(0, -1)
    assert.includeMembers(violatedBy(evidenceOf(moveAfter, { log })), ["I2", "I4", "H2"])
  })

  it("finds another event between the two of a move", () => {
    const log = logOf([...moveAfter, book("b", room2, bob, first)])
    const [cancelled, booked, other] = log.slice(-3) as [LoggedEvent, LoggedEvent, LoggedEvent]
    const between = renumbered([...log.slice(0, -3), cancelled, other, booked])
    assert.includeMembers(violatedBy(evidenceOf(moveAfter, { log: between })), ["I2", "I3", "I4", "H2"])
  })

  it("finds events whose input has another digest", () => {
    const log = logOf(moveAfter).map((event) => (event.commandId === "m" ? { ...event, commandHash: "other" } : event))
    assert.include(
      violations(evidenceOf(moveAfter, { log })).map(({ description }) => description),
      "MoveBooking m at position 5: its digest is not that of its input"
    )
  })
})

/** Ann's night in room 1 begins when bob's in room 2 is over: at no moment both are booked. */
const neverBoth = [
  ...rooms,
  book("b1", room2, bob, second),
  cancel("b2", room2, bob, second),
  book("b3", room, ann, second)
]
const long = [0, 10_000] as const

describe("The checker of rejections", () => {
  it("accepts what the rule gives at a moment during the call", () => {
    assert.notInclude(violatedBy(withRejection(neverBoth, moveToRoom2, "BookingUnknown", long)), "I2")
  })

  it("finds one that rests on two event streams as they were at different moments", () => {
    assert.include(violatedBy(withRejection(neverBoth, moveToRoom2, "RoomAlreadyBooked", long)), "I2")
  })

  it("accepts such a one from replicas that are behind", () => {
    const evidence = withRejection(neverBoth, moveToRoom2, "RoomAlreadyBooked", long)
    const replica = { ...evidence.replicas[0]!, node: "n2" }
    assert.notInclude(violatedBy({ ...evidence, replicas: [...evidence.replicas, replica] }), "I2")
  })

  it("sees the events of a stay only together", () => {
    const index = new EvidenceIndex(evidenceOf([...rooms, bookStay("s")]))
    const firstNight = index.eventsByStream.get("room-night/1_2022-12-20")!
    assert.deepStrictEqual(changesDuring(index, firstNight, { min: 0, max: Infinity }), [0, 4])
    assert.deepStrictEqual(changesDuring(index, firstNight, { min: 0, max: 3 }), [0])
  })
})

/** 14 hours after the history begins it is the day of this night. */
const tomorrow = Night.make("2022-12-13")
const midnight = 14 * 3_600_000
const bookedTomorrow = [...rooms, book("b", room, ann, tomorrow)]
const lateCancel = cancel("r", room, ann, tomorrow)

describe("The checker of rules with time", () => {
  it("accepts a rejection for a time between the request and the answer", () => {
    for (const from of [midnight - 5_000, midnight + 5_000]) {
      const evidence = withRejection(bookedTomorrow, lateCancel, "TooLateToChange", [from, from + 10_000])
      assert.notInclude(violatedBy(evidence), "I2")
    }
  })

  it("finds a rejection for a time after the answer", () => {
    const call = [midnight - 5_000, midnight - 1_000] as const
    assert.include(violatedBy(withRejection(bookedTomorrow, lateCancel, "TooLateToChange", call)), "I2")
  })

  it("finds events that their rule does not give at their time", () => {
    const steps = [...bookedTomorrow, lateCancel]
    const log = at(logOf(steps), 4, { time: "2022-12-13T00:00:00.000Z" })
    assert.include(
      violations(evidenceOf(steps, { log })).map(({ description }) => description),
      "CancelBooking r at position 4: its rule rejects: TooLateToChange"
    )
  })

  it("finds events with a time at which their command was not sent", () => {
    for (const time of ["2022-12-12T09:59:58.000Z", "2022-12-12T10:00:05.000Z"]) {
      const log = at(logOf(bookedTomorrow), 3, { time })
      assert.include(violatedBy(evidenceOf(bookedTomorrow, { log })), "I2")
    }
  })
})
