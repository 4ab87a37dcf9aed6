import { assert, describe, it } from "@effect/vitest"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import { deriveId } from "#layers/services/Ids.ts"
import { ann, board, bob, booked, date, day, evidenceOf, logOf, room } from "#test/hotel/support/hotelEvidence.ts"
import { callEntry, receiptOutcome } from "#test/support/boardEvidence.ts"
import type { Evidence, LoggedEvent, ObservedRow } from "../../../chaos/checker/Evidence.ts"
import { check } from "../../../chaos/checker/index.ts"
import { oracle } from "../../../chaos/checker/oracle.ts"
import type { Entry, RowRead } from "../../../chaos/history.ts"

const good = evidenceOf(day)
const violatedBy = (evidence: Evidence) =>
  check(evidence).flatMap(({ violations }) => violations.map(({ invariant }) => invariant))
const withEntries = (...entries: ReadonlyArray<Entry>): Evidence => ({
  ...good,
  history: [...good.history, ...entries]
})
const changed = (position: number, more: Partial<LoggedEvent>): ReadonlyArray<LoggedEvent> =>
  good.log.map((event) => (event.position === position ? { ...event, ...more } : event))
const rejectedAs = (key: string, command: string, input: object, code: string, t: number): ReadonlyArray<Entry> => [
  { type: "ask", t, key, command, input },
  callEntry(key, t, { is: "refused", code })
]
const audited = (evidence: Evidence, ...keys: ReadonlyArray<string>): Evidence => ({
  ...evidence,
  derivedStreams: new Map([
    ...evidence.derivedStreams,
    [
      "audit",
      [
        ...evidence.derivedStreams.get("audit")!,
        ...keys.map((commandId) => ({ subject: "audit.refused.x", id: commandId, type: "x", commandId }))
      ]
    ]
  ])
})
const rowRead = (outcome: RowRead["outcome"], until = 610): RowRead => ({
  type: "look",
  t: 600,
  until,
  app: "a",
  path: "/rooms/1/nights/2022-12-12",
  after: 6,
  outcome
})

describe("A history without violations", () => {
  it("has none", () => {
    assert.deepStrictEqual(
      check(good).flatMap(({ violations }) => violations),
      []
    )
  })

  it("has none with rejections, repetitions, lost answers and reads", () => {
    const evidence = audited(
      withEntries(
        ...rejectedAs("e", "BookRoom", { room, client: bob, date }, "RoomAlreadyBooked", 600),
        // Before the room was cleaned.
        ...rejectedAs("f", "CheckIn", { room, client: ann, date }, "RoomNotAvailable", 120),
        callEntry("b", 700, { is: "unknown", reason: "ECONNRESET" }, "b"),
        { type: "app", app: "b", what: "down", t: 650, until: 900 },
        callEntry("b", 950, receiptOutcome(good.log, "b", true)),
        rowRead({ is: "row", position: 6 }),
        rowRead({ is: "unavailable", code: "ViewBehind", retryAfter: 1 })
      ),
      "e",
      "f"
    )
    assert.deepStrictEqual(
      check(evidence).flatMap(({ violations }) => violations),
      []
    )
  })
})

const twice = [
  ...day.slice(0, 2),
  { ...booked, key: "z", input: { room, client: bob, date }, events: [new RoomBooked({ room, client: bob, date })] }
]
const observedAs = (row: unknown): ReadonlyArray<ObservedRow> => [
  { app: "a", view: "Booking", path: "1.2022-12-12", row }
]

/** Histories with one violation each, and the invariant that it violates. */
const violatingCases: Readonly<Record<string, readonly [invariant: string, evidence: Evidence]>> = {
  "an acknowledged event that the log lacks": [
    "I1",
    withEntries(
      { type: "ask", t: 700, key: "l", command: "AddRoom", input: { room: { id: 2 } } },
      {
        ...callEntry("l", 700, {
          is: "done",
          seq: 7,
          duplicate: false,
          facts: [{ id: "x", type: "RoomAdded", position: 7 }]
        })
      }
    )
  ],
  "an acknowledged event at another position": [
    "I1",
    withEntries(
      callEntry("b", 800, {
        is: "done",
        seq: 3,
        duplicate: true,
        facts: [{ id: deriveId("b/0"), type: "RoomBooked", position: 3 }]
      })
    )
  ],
  "an event that is in the log twice": ["I1", { ...good, log: [...good.log, { ...good.log[5]!, position: 7 }] }],
  "a gap in the log": ["I1", { ...good, log: good.log.filter(({ position }) => position !== 3) }],
  "a night that is booked twice": ["I2", evidenceOf(twice)],
  "an event that does not follow the version that its command saw": [
    "I2",
    { ...good, log: changed(6, { streamRevision: 4 }) }
  ],
  "an event that its rule does not give": [
    "I2",
    { ...good, log: changed(3, { event: new CleanUpScheduled({ room, date, team: "blue" }) }) }
  ],
  "a rejection that was never right": [
    "I2",
    audited(withEntries(...rejectedAs("e", "BookRoom", { room, client: bob, date }, "RoomUnknown", 600)), "e")
  ],
  "a rejection that is outdated": [
    "I2",
    audited(withEntries(...rejectedAs("e", "CheckIn", { room, client: ann, date }, "RoomNotAvailable", 600)), "e")
  ],
  "a command that was executed twice": [
    "I3",
    {
      ...good,
      log: [...good.log, { ...good.log[0]!, position: 7, id: "another", streamId: "room/2", streamRevision: 1 }]
    }
  ],
  "an answer that changes": [
    "I3",
    withEntries(
      callEntry("b", 800, {
        is: "done",
        seq: 1,
        duplicate: true,
        facts: [{ id: deriveId("a/0"), type: "RoomAdded", position: 1 }]
      })
    )
  ],
  "half a batch": ["I4", { ...good, log: good.log.filter(({ position }) => position !== 5) }],
  "a batch that is not committed": [
    "I4",
    { ...good, log: changed(5, { batch: { id: "c", sequence: 2, commits: false } }) }
  ],
  "a row that is not the fold of its events": [
    "I5",
    {
      ...good,
      rows: new Map([
        ...good.rows,
        ["booking-v1", new Map([["1.2022-12-12", JSON.stringify({ room, date, availability: "free" })]])]
      ])
    }
  ],
  "a row that is overwritten with invalid data": [
    "I5",
    { ...good, rows: new Map([...good.rows, ["booking-v1", new Map([["1.2022-12-12", "not a row"]])]]) }
  ],
  "a row that is missing": ["I5", { ...good, rows: new Map([...good.rows, ["rooms-v1", new Map<string, string>()]]) }],
  "an app that returns another row": [
    "I5",
    { ...good, observedRows: observedAs({ room, date, availability: "free" }) }
  ],
  "an undecodable event that is skipped": [
    "I10",
    { ...good, undecodable: new Map([[1_000, "hotel.room-night.booking.9001_2019-01-10.room-booked"]]) }
  ],
  "a dead letter that is decodable": ["I10", { ...good, deadLetters: new Map([["a", ["view-booking-v1.2"]]]) }],
  "a view that does not catch up": ["I5", { ...good, unsettled: ["Rooms has 3 events pending"] }],
  "a row that is older than requested": ["I5", withEntries(rowRead({ is: "row", position: 5 }))],
  "a lane without its newest event": [
    "I5",
    {
      ...good,
      derivedStreams: new Map([
        ...good.derivedStreams,
        ["room-booking", good.derivedStreams.get("room-booking")!.slice(0, -1)]
      ])
    }
  ],
  "a rejection that the audit lacks": [
    "I5",
    withEntries(...rejectedAs("e", "BookRoom", { room, client: bob, date }, "RoomAlreadyBooked", 600))
  ],
  "a booking that no bot reacted to": ["I6", evidenceOf(day.slice(0, 2))],
  "a call that takes too long": [
    "I7",
    withEntries(callEntry("b", 700, receiptOutcome(good.log, "b", true), "a", 15_800))
  ],
  "a call without an answer": ["I7", withEntries(callEntry("b", 700, { is: "unknown", reason: "ECONNRESET" }))],
  "a 503 without Retry-After": [
    "I7",
    withEntries(callEntry("b", 700, { is: "unavailable", code: "LogUnavailable", retryAfter: undefined }))
  ],
  "a 500": ["I7", withEntries(callEntry("b", 700, { is: "wrong", status: 500, body: "" }))],
  "a row read that takes too long": ["I7", withEntries(rowRead({ is: "row", position: 6 }, 16_000))],
  "replicas that differ": [
    "I8",
    {
      ...good,
      replicas: [...good.replicas, { stream: "hotel", node: "n2", messages: 6, last: 6, digest: "another" }]
    }
  ],
  "a command without an answer": [
    "I9",
    withEntries({ type: "ask", t: 700, key: "u", command: "AddRoom", input: { room: { id: 2 } } })
  ],
  "a command that is rejected, and in the log": [
    "I9",
    {
      ...good,
      history: good.history.map((entry) =>
        entry.type === "call" && entry.key === "d"
          ? { ...entry, outcome: { is: "refused", code: "AlreadyCheckedIn" } }
          : entry
      )
    }
  ],
  "a command that is done, and rejected later": [
    "I9",
    audited(withEntries(callEntry("d", 800, { is: "refused", code: "AlreadyCheckedIn" })), "d")
  ]
}

describe("The checker finds", () => {
  it("no violation by a view whose bucket a fault has just changed", () => {
    const fault = { type: "fault", name: "checkpoint-ahead", about: "_position of booking-v1" } as const
    const old = rowRead({ is: "row", position: 5 })
    assert.deepStrictEqual(violatedBy(withEntries({ ...fault, t: old.t - 5_000, until: old.t - 1_000 }, old)), [])
    assert.include(violatedBy(withEntries({ ...fault, t: old.t - 60_000, until: old.t - 50_000 }, old)), "I5")
    assert.include(
      violatedBy(withEntries({ ...fault, name: "app-killed", t: old.t - 5_000, until: old.t - 1_000 }, old)),
      "I5"
    )
  })

  for (const [what, [invariant, evidence]] of Object.entries(violatingCases)) {
    it(`${what} (${invariant})`, () => {
      assert.include(violatedBy(evidence), invariant)
    })
  }
})

describe("The oracle", () => {
  it("reconstructs a command's input and verifies it by its digest", () => {
    assert.deepStrictEqual(oracle(board, good.log), [])
    const [deviation] = oracle(board, changed(2, { commandHash: "another" }))
    assert.strictEqual(deviation!.reason, "the input of BookRoom cannot be reconstructed from its events")
  })

  it("names the decision of the rule", () => {
    const [deviation] = oracle(board, logOf(twice))
    assert.strictEqual(deviation!.reason, "its rule rejects: RoomAlreadyBooked")
    assert.strictEqual(deviation!.events[0]!.position, 3)
  })
})
