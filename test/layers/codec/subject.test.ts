import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Result, Schema } from "effect"
import { Board, Boundary, type Event, Key, type Lane } from "#domain/model/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { anyOf, thoroughRuns } from "#test/support/arbitraries.ts"

/** As NATS does it: `*` is one token, `>` is one or more at the end. Two filters overlap where a subject can match both. */
const overlap = (one: string, two: string): boolean => {
  const [a, b] = [one.split("."), two.split(".")]
  for (let n = 0; n < Math.max(a.length, b.length); n++) {
    const [x, y] = [a[n], b[n]]
    if (x === undefined || y === undefined) return false
    if (x === ">" || y === ">") return true
    if (x !== y && x !== "*" && y !== "*") return false
  }
  return true
}
const matches = overlap as (filter: string, subject: string) => boolean

it("the matcher of this test matches as NATS does", () => {
  const yes = [
    ["a.*", "a.b"],
    ["a.>", "a.b.c"],
    ["*.*.c", "a.b.c"],
    ["a.b", "a.b"],
    [">", "a"]
  ] as const
  const no = [
    ["a.*", "a"],
    ["a.*", "a.b.c"],
    ["a.>", "a"],
    ["a.b", "a.c"],
    ["*", "a.b"],
    ["a.b", "a.bc"]
  ] as const
  for (const [filter, subject] of yes) assert.isTrue(matches(filter, subject), `${filter} ${subject}`)
  for (const [filter, subject] of no) assert.isFalse(matches(filter, subject), `${filter} ${subject}`)
})

const placeOf = (board: Board.Any, fact: DomainEvent): readonly [Boundary.StreamId, Lane.Any] => {
  const lane = Board.laneOf(board).get(fact._tag)!
  return [Boundary.streamId(lane.boundary, fact), lane]
}

const hostile = ["*", ">", "a.>", "a.b", ".", "a b", " ", "a_b", "_", "", "a\n", "\u0000", "é", "a".repeat(5_000), "$"]
const numbers = [1.5, -1, 0, 1e21, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]

for (const board of [hotelBooking, library] as ReadonlyArray<Board.Any>) {
  const fact = anyOf(Board.events(board))

  describe(`The subjects of ${board.name}`, () => {
    it.prop(
      "stand under the filter of their place, type, lane and log",
      [fact],
      ([fact]) => {
        const [place, lane] = placeOf(board, fact)
        const subject = Subject.eventSubject(board, place, lane, fact._tag)
        const { laneFilter, logFilter, streamFilter, typeFilter } = Subject
        for (const filter of [
          streamFilter(board, place),
          typeFilter(board, lane, fact._tag),
          laneFilter(board, lane),
          logFilter(board)
        ]) {
          assert.isTrue(matches(filter, subject), `${filter} ${subject}`)
        }
        assert.match(subject, /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){4}$/u)
        assert.isAtMost(subject.length, 200)
      },
      thoroughRuns
    )

    it.prop(
      "have a key that is one token of bounded length, and says which thing it is",
      [fact],
      ([fact]) => {
        const [place, { boundary }] = placeOf(board, fact)
        assert.match(place.key, /^[A-Za-z0-9_-]{1,40}$/u)
        const tokens = Key.tokens(boundary.key as Key.Key, fact as never)
        assert.deepStrictEqual(place.key.split("_"), tokens)
      },
      thoroughRuns
    )

    it.prop(
      "of different places never stand under one filter, nor do the filters overlap",
      [Arbitrary.array(fact, { minLength: 2, maxLength: 12 })],
      ([facts]) => {
        const places = facts.map((fact) => [...placeOf(board, fact), fact] as const)
        for (const [one, lane, fact] of places) {
          const subject = Subject.eventSubject(board, one, lane, fact._tag)
          for (const [other, otherLane, otherFact] of places) {
            const same = Boundary.format(one) === Boundary.format(other)
            assert.strictEqual(overlap(Subject.streamFilter(board, one), Subject.streamFilter(board, other)), same)
            assert.strictEqual(matches(Subject.streamFilter(board, other), subject), same)
            assert.strictEqual(matches(Subject.laneFilter(board, otherLane), subject), otherLane === lane)
            assert.strictEqual(
              matches(Subject.typeFilter(board, otherLane, otherFact._tag), subject),
              otherFact._tag === fact._tag
            )
          }
        }
      },
      { arbitrary: { runs: 200, size: 12 } }
    )

    it("of different boundaries never stand under one filter, though their keys be the same", () => {
      const boundaries = [...new Set(board.lanes.map(({ boundary }) => boundary.name)), "another"]
      for (const one of boundaries) {
        for (const other of boundaries) {
          const [a, b] = [one, other].map((boundary) => Subject.streamFilter(board, { boundary, key: "1" }))
          assert.strictEqual(overlap(a!, b!), one === other)
        }
      }
    })

    it("are this board's own", () => {
      assert.isFalse(overlap(Subject.logFilter(board), Subject.logFilter(board === library ? hotelBooking : library)))
    })
  })

  describe(`The words of ${board.name} refuse`, () => {
    const words = new Map<string, Schema.Codec<unknown>>([
      ...board.lanes.flatMap(({ boundary }) => Object.entries<Schema.Codec<unknown>>(boundary.key)),
      ...Board.views(board).flatMap(({ key }) => Object.entries<Schema.Codec<unknown>>(key))
    ])
    const carriers = [...Board.events(board), ...Board.commands(board).map(({ input }) => input as Event.Any)]

    /** Each hostile token as it would come in: as itself, and as the id of an entity. */
    const disguised = [...hostile, ...numbers].flatMap((token) => [token, { id: token }])

    it("what is no token of a subject", () => {
      assert.isAtLeast(words.size, 1)
      for (const [name, word] of words) {
        for (const value of disguised) {
          assert.isFalse(Schema.is(word)(value), `${name} takes ${JSON.stringify(value).slice(0, 40)}`)
          assert.isTrue(Result.isFailure(Schema.decodeUnknownResult(Schema.toCodecJson(word))(value)))
        }
      }
    })

    it.effect("it in every fact and input that carries them", () =>
      Effect.gen(function* () {
        for (const carrier of carriers) {
          const json = Schema.toCodecJson(carrier)
          const [value] = yield* Arbitrary.sampleEffect(Arbitrary.schema(Schema.toType(carrier)), { count: 1 })
          const good = (yield* Schema.encodeUnknownEffect(json)(value)) as Record<string, unknown>
          const decode = Schema.decodeUnknownResult(json)
          assert.isTrue(Result.isSuccess(decode(good)))
          for (const word of Object.keys(good).filter((name) => words.has(name))) {
            for (const bad of disguised) assert.isTrue(Result.isFailure(decode({ ...good, [word]: bad })))
          }
        }
      })
    )

    it("and a fact cannot be made of it", () => {
      for (const fact of Board.events(board) as ReadonlyArray<any>) {
        for (const bad of disguised) {
          const about = Object.fromEntries([...words.keys()].map((word) => [word, bad]))
          assert.throws(() => new fact({ ...about, team: "blue", title: "", shelf: "", reader: { id: "a" } }))
        }
      }
    })
  })
}

describe("One filter for several types", () => {
  const place = { boundary: "room-night", key: "1_2022-12-12" }
  const lanes = Board.laneOf(hotelBooking)
  const spelled = (types: ReadonlyArray<string>) => Subject.commonFilter(hotelBooking, types)

  it("lets each of them through, and is as narrow as they are alike", () => {
    assert.strictEqual(spelled(["RoomBooked"]), "hotel.room-night.booking.*.room-booked")
    assert.strictEqual(spelled(["RoomBooked", "RoomAvailable"]), "hotel.room-night.booking.*.*")
    assert.strictEqual(spelled(["RoomBooked", "RoomCleanedUp"]), "hotel.room-night.*.*.*")
    assert.strictEqual(spelled(["RoomAdded", "RoomCleanedUp"]), "hotel.*.*.*.*")
  })

  it("what else comes along is told apart", () => {
    const wanted = Subject.matchesTypes(["RoomBooked", "RoomCleanedUp"])
    const subject = (type: string) => Subject.eventSubject(hotelBooking, place, lanes.get(type)!, type)
    const types = Board.events(hotelBooking).map(({ identifier }) => identifier)
    assert.deepStrictEqual(
      types.filter((type) => wanted(subject(type))),
      ["RoomBooked", "RoomCleanedUp"]
    )
  })
})
