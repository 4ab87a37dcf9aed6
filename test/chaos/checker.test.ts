import { assert, describe, it } from "@effect/vitest"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import { deriveId } from "#layers/services/Ids.ts"
import {
  ann,
  board,
  bob,
  booked,
  callEntry,
  date,
  day,
  evidenceOf,
  logOf,
  receiptOutcome,
  room
} from "#test/support/hotelEvidence.ts"
import type { Evidence, LoggedEvent, ObservedRow } from "../../chaos/checker/Evidence.ts"
import { check } from "../../chaos/checker/index.ts"
import { oracle } from "../../chaos/checker/oracle.ts"
import type { Entry, RowRead } from "../../chaos/history.ts"

const good = evidenceOf(day)
const found = (evidence: Evidence) =>
  check(evidence).flatMap(({ violations }) => violations.map(({ invariant }) => invariant))
const with_ = (...entries: ReadonlyArray<Entry>): Evidence => ({ ...good, history: [...good.history, ...entries] })
const changed = (position: number, more: Partial<LoggedEvent>): ReadonlyArray<LoggedEvent> =>
  good.log.map((fact) => (fact.position === position ? { ...fact, ...more } : fact))
const refusedAs = (key: string, command: string, input: object, code: string, t: number): ReadonlyArray<Entry> => [
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
const look = (outcome: RowRead["outcome"], until = 610): RowRead => ({
  type: "look",
  t: 600,
  until,
  app: "a",
  path: "/rooms/1/nights/2022-12-12",
  after: 6,
  outcome
})

describe("A history in which all promises are kept", () => {
  it("is found right", () => {
    assert.deepStrictEqual(
      check(good).flatMap(({ violations }) => violations),
      []
    )
  })

  it("is found right with refusals, repetitions, lost answers and looks", () => {
    const evidence = audited(
      with_(
        ...refusedAs("e", "BookRoom", { room, client: bob, date }, "RoomAlreadyBooked", 600),
        // Before anybody had cleaned it.
        ...refusedAs("f", "CheckIn", { room, client: ann, date }, "RoomNotAvailable", 120),
        callEntry("b", 700, { is: "unknown", reason: "ECONNRESET" }, "b"),
        { type: "app", app: "b", what: "down", t: 650, until: 900 },
        callEntry("b", 950, receiptOutcome(good.log, "b", true)),
        look({ is: "row", position: 6 }),
        look({ is: "unavailable", code: "ViewBehind", retryAfter: 1 })
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
const seenAs = (row: unknown): ReadonlyArray<ObservedRow> => [{ app: "a", view: "Booking", path: "1.2022-12-12", row }]

/** One thing wrong each, and the promise that it breaks. */
const wrongs: Readonly<Record<string, readonly [invariant: string, evidence: Evidence]>> = {
  "an acknowledged fact that is not there": [
    "I1",
    with_(
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
  "an acknowledged fact that stands elsewhere": [
    "I1",
    with_(
      callEntry("b", 800, {
        is: "done",
        seq: 3,
        duplicate: true,
        facts: [{ id: deriveId("b/0"), type: "RoomBooked", position: 3 }]
      })
    )
  ],
  "a fact that is there twice": ["I1", { ...good, log: [...good.log, { ...good.log[5]!, position: 7 }] }],
  "a hole in the log": ["I1", { ...good, log: good.log.filter(({ position }) => position !== 3) }],
  "a night that is booked twice": ["I2", evidenceOf(twice)],
  "a fact that does not follow what its writer saw": ["I2", { ...good, log: changed(6, { streamRevision: 4 }) }],
  "a fact that its rule does not give": [
    "I2",
    { ...good, log: changed(3, { event: new CleanUpScheduled({ room, date, team: "blue" }) }) }
  ],
  "a refusal that was never right": [
    "I2",
    audited(with_(...refusedAs("e", "BookRoom", { room, client: bob, date }, "RoomUnknown", 600)), "e")
  ],
  "a refusal that was not right any more": [
    "I2",
    audited(with_(...refusedAs("e", "CheckIn", { room, client: ann, date }, "RoomNotAvailable", 600)), "e")
  ],
  "a command that was done twice": [
    "I3",
    {
      ...good,
      log: [...good.log, { ...good.log[0]!, position: 7, id: "another", streamId: "room/2", streamRevision: 1 }]
    }
  ],
  "an answer that changes": [
    "I3",
    with_(
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
  "a row that is not what its facts amount to": [
    "I5",
    {
      ...good,
      rows: new Map([
        ...good.rows,
        ["booking-v1", new Map([["1.2022-12-12", JSON.stringify({ room, date, availability: "free" })]])]
      ])
    }
  ],
  "a row that is overwritten with what is none": [
    "I5",
    { ...good, rows: new Map([...good.rows, ["booking-v1", new Map([["1.2022-12-12", "not a row"]])]]) }
  ],
  "a row that is missing": ["I5", { ...good, rows: new Map([...good.rows, ["rooms-v1", new Map<string, string>()]]) }],
  "an app that tells another row": ["I5", { ...good, observedRows: seenAs({ room, date, availability: "free" }) }],
  "a fact that cannot be read and is passed over": [
    "I10",
    { ...good, undecodable: new Map([[1_000, "hotel.room-night.booking.9001_2019-01-10.room-booked"]]) }
  ],
  "something parked that can be read": ["I10", { ...good, deadLetters: new Map([["a", ["view-booking-v1.2"]]]) }],
  "a view that does not come to rest": ["I5", { ...good, unsettled: ["Rooms has 3 facts to take"] }],
  "a row that is older than was asked for": ["I5", with_(look({ is: "row", position: 5 }))],
  "a lane without its newest fact": [
    "I5",
    {
      ...good,
      derivedStreams: new Map([
        ...good.derivedStreams,
        ["room-booking", good.derivedStreams.get("room-booking")!.slice(0, -1)]
      ])
    }
  ],
  "a refusal that nobody wrote down": [
    "I5",
    with_(...refusedAs("e", "BookRoom", { room, client: bob, date }, "RoomAlreadyBooked", 600))
  ],
  "a booking that no bot answered": ["I6", evidenceOf(day.slice(0, 2))],
  "a call that takes too long": ["I7", with_(callEntry("b", 700, receiptOutcome(good.log, "b", true), "a", 15_800))],
  "a call without an answer": ["I7", with_(callEntry("b", 700, { is: "unknown", reason: "ECONNRESET" }))],
  "a 503 without Retry-After": [
    "I7",
    with_(callEntry("b", 700, { is: "unavailable", code: "LogUnavailable", retryAfter: undefined }))
  ],
  "a 500": ["I7", with_(callEntry("b", 700, { is: "wrong", status: 500, body: "" }))],
  "a look that takes too long": ["I7", with_(look({ is: "row", position: 6 }, 16_000))],
  "replicas that differ": [
    "I8",
    {
      ...good,
      replicas: [...good.replicas, { stream: "hotel", node: "n2", messages: 6, last: 6, digest: "another" }]
    }
  ],
  "a command nobody answered": [
    "I9",
    with_({ type: "ask", t: 700, key: "u", command: "AddRoom", input: { room: { id: 2 } } })
  ],
  "a command that is denied, and done": [
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
  "a command that is done, and denied later": [
    "I9",
    audited(with_(callEntry("d", 800, { is: "refused", code: "AlreadyCheckedIn" })), "d")
  ]
}

describe("The checker finds", () => {
  it("does not blame a view for what somebody did to its bucket a moment ago", () => {
    const fault = { type: "fault", name: "checkpoint-ahead", about: "_position of booking-v1" } as const
    const old = look({ is: "row", position: 5 })
    assert.deepStrictEqual(found(with_({ ...fault, t: old.t - 5_000, until: old.t - 1_000 }, old)), [])
    assert.include(found(with_({ ...fault, t: old.t - 60_000, until: old.t - 50_000 }, old)), "I5")
    assert.include(found(with_({ ...fault, name: "app-killed", t: old.t - 5_000, until: old.t - 1_000 }, old)), "I5")
  })

  for (const [what, [invariant, evidence]] of Object.entries(wrongs)) {
    it(`${what} (${invariant})`, () => {
      assert.include(found(evidence), invariant)
    })
  }
})

describe("The oracle", () => {
  it("knows a command's input by its digest, without being told", () => {
    assert.deepStrictEqual(oracle(board, good.log), [])
    const [astray] = oracle(board, changed(2, { commandHash: "another" }))
    assert.strictEqual(astray!.reason, "what BookRoom was asked cannot be told from its facts")
  })

  it("names what the rule says instead", () => {
    const [astray] = oracle(board, logOf(twice))
    assert.strictEqual(astray!.reason, "its rule refuses: RoomAlreadyBooked")
    assert.strictEqual(astray!.events[0]!.position, 3)
  })
})
