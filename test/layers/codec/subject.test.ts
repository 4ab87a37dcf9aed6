import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Result, Schema } from "effect"
import { Board, Boundary, type Event, Key, type Lane } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { streamSpecs } from "#layers/nats/provision/streamSpecs.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { school } from "#test/boards/schoolBoard.ts"
import { anyOf, thoroughRuns } from "#test/support/arbitraries.ts"

/** As in NATS, `*` is one token and `>` one or more at the end. Two filters overlap if some subject matches both. */
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

const streamAndLaneOf = (board: Board.Any, event: DomainEvent): readonly [Boundary.StreamId, Lane.Any] => {
  const lane = Board.laneOf(board).get(event._tag)!
  return [Boundary.streamId(lane.boundary, event), lane]
}

const hostile = ["*", ">", "a.>", "a.b", ".", "a b", " ", "a_b", "_", "", "a\n", "\u0000", "é", "a".repeat(5_000), "$"]
const numbers = [1.5, -1, 0, 1e21, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]

for (const board of [library, school]) {
  const anyEvent = anyOf(Board.events(board))

  describe(`The subjects of ${board.name}`, () => {
    it.prop(
      "match the filters of their event stream, type, lane and log",
      [anyEvent],
      ([event]) => {
        const [streamId, lane] = streamAndLaneOf(board, event)
        const subject = Subject.eventSubject(board, streamId, lane, event._tag)
        const { laneFilter, logFilter, streamFilter, typeFilter } = Subject
        for (const filter of [
          streamFilter(board, streamId),
          typeFilter(board, lane, event._tag),
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
      "have a key that is one token of bounded length with the values of the event",
      [anyEvent],
      ([event]) => {
        const [streamId, { boundary }] = streamAndLaneOf(board, event)
        assert.match(streamId.key, /^[A-Za-z0-9_-]{1,40}$/u)
        const tokens = Key.tokens(boundary.key as Key.Key, event as never)
        assert.deepStrictEqual(streamId.key.split("_"), tokens)
      },
      thoroughRuns
    )

    it.prop(
      "of different event streams never match the same filter, and the filters do not overlap",
      [Arbitrary.array(anyEvent, { minLength: 2, maxLength: 12 })],
      ([events]) => {
        const streams = events.map((event) => [...streamAndLaneOf(board, event), event] as const)
        for (const [one, lane, event] of streams) {
          const subject = Subject.eventSubject(board, one, lane, event._tag)
          for (const [other, otherLane, otherEvent] of streams) {
            const same = Boundary.format(one) === Boundary.format(other)
            assert.strictEqual(overlap(Subject.streamFilter(board, one), Subject.streamFilter(board, other)), same)
            assert.strictEqual(matches(Subject.streamFilter(board, other), subject), same)
            assert.strictEqual(matches(Subject.laneFilter(board, otherLane), subject), otherLane === lane)
            assert.strictEqual(
              matches(Subject.typeFilter(board, otherLane, otherEvent._tag), subject),
              otherEvent._tag === event._tag
            )
          }
        }
      },
      { arbitrary: { runs: 200, size: 12 } }
    )

    it("of different boundaries never match the same filter, even with the same key", () => {
      const boundaries = [...new Set(board.lanes.map(({ boundary }) => boundary.name)), "another"]
      for (const one of boundaries) {
        for (const other of boundaries) {
          const [a, b] = [one, other].map((boundary) => Subject.streamFilter(board, { boundary, key: "1" }))
          assert.strictEqual(overlap(a!, b!), one === other)
        }
      }
    })

    it("do not overlap with those of another board", () => {
      for (const other of [library, school].filter((each) => each !== board))
        assert.isFalse(overlap(Subject.logFilter(board), Subject.logFilter(other)))
    })
  })

  describe(`The key schemas of ${board.name}`, () => {
    const keySchemas = new Map<string, Schema.Codec<unknown>>([
      ...board.lanes.flatMap(({ boundary }) => Object.entries<Schema.Codec<unknown>>(boundary.key)),
      ...Board.views(board).flatMap(({ key }) => Object.entries<Schema.Codec<unknown>>(key))
    ])
    const carriers = [...Board.events(board), ...Board.commands(board).map(({ input }) => input as Event.Any)]

    /** Each hostile token as itself, and as the id of an entity. */
    const hostileValues = [...hostile, ...numbers].flatMap((token) => [token, { id: token }])

    it("reject what is not a token of a subject", () => {
      assert.isAtLeast(keySchemas.size, 1)
      for (const [name, schema] of keySchemas) {
        for (const value of hostileValues) {
          assert.isFalse(Schema.is(schema)(value), `${name} accepts ${JSON.stringify(value).slice(0, 40)}`)
          assert.isTrue(Result.isFailure(Schema.decodeUnknownResult(Schema.toCodecJson(schema))(value)))
        }
      }
    })

    it.effect("reject it in every event and input that contains them", () =>
      Effect.gen(function* () {
        for (const carrier of carriers) {
          const json = Schema.toCodecJson(carrier)
          const [value] = yield* Arbitrary.sampleEffect(Arbitrary.schema(Schema.toType(carrier)), { count: 1 })
          const good = (yield* Schema.encodeUnknownEffect(json)(value)) as Record<string, unknown>
          const decode = Schema.decodeUnknownResult(json)
          assert.isTrue(Result.isSuccess(decode(good)))
          for (const name of Object.keys(good).filter((name) => keySchemas.has(name))) {
            for (const bad of hostileValues) assert.isTrue(Result.isFailure(decode({ ...good, [name]: bad })))
          }
        }
      })
    )

    it("prevent that an event is constructed with it", () => {
      for (const EventClass of Board.events(board) as ReadonlyArray<any>) {
        for (const bad of hostileValues) {
          const about = Object.fromEntries([...keySchemas.keys()].map((name) => [name, bad]))
          assert.throws(() => new EventClass({ ...about, team: "blue", title: "", shelf: "", reader: { id: "a" } }))
        }
      }
    })
  })
}

describe("One filter for several types", () => {
  const streamId = { boundary: "book", key: "moby" }
  const lanes = Board.laneOf(library)
  const filterOf = (types: ReadonlyArray<string>) => Subject.commonFilter(library, types)

  it("matches each of them, and is as narrow as possible", () => {
    assert.strictEqual(filterOf(["BookBorrowed"]), "library.book.lending.*.book-borrowed")
    assert.strictEqual(filterOf(["BookBorrowed", "BookReturned"]), "library.book.lending.*.*")
    assert.strictEqual(filterOf(["BookBorrowed", "BookShelved"]), "library.book.*.*.*")
    assert.strictEqual(Subject.commonFilter(school, ["NoteTaken", "StudentRegistered"]), "school.*.*.*.*")
  })

  it("is complemented by an exact match of the types", () => {
    const isWanted = Subject.matchesTypes(["BookBorrowed", "BookShelved"])
    const subject = (type: string) => Subject.eventSubject(library, streamId, lanes.get(type)!, type)
    const types = Board.events(library).map(({ identifier }) => identifier)
    assert.deepStrictEqual(
      types.filter((type) => isWanted(subject(type))),
      ["BookShelved", "BookBorrowed"]
    )
  })
})

describe("The subject of a command and of a message", () => {
  for (const board of [library, school])
    it(`is in no stream of ${board.title}`, () => {
      const commands = Board.commands(board).map((command) => Subject.commandSubject(board, command))
      const subjects = [...commands, Subject.messageSubject(board, { identifier: "Any" })]
      for (const subject of subjects) {
        for (const filter of streamSpecs(board, 1).flatMap(({ subjects = [] }) => subjects))
          assert.isFalse(matches(filter, subject), `${filter} matches ${subject}`)
      }
    })

  it("names the board and the element", () => {
    assert.strictEqual(Subject.commandSubject(library, { name: "BorrowBook" }), "cmd.library.BorrowBook")
    assert.strictEqual(
      Subject.messageSubject(library, { identifier: "ReturnConfirmed" }),
      "msg.library.ReturnConfirmed"
    )
  })
})
