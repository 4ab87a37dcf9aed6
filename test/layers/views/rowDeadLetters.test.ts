import { assert, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { type EventLog, LogUnavailable, UndecodableEvent } from "#layers/services/EventLog.ts"
import { keyFilter } from "#layers/views/keyFilter.ts"
import { rowDeadLetters } from "#layers/views/rowDeadLetters.ts"
import { BookAcquired, library, shelf } from "#test/boards/libraryBoard.ts"

const letter = (position: number, place: string) => ({
  id: `view-shelf-v1.${position}`,
  by: "view-shelf-v1",
  place,
  position,
  type: "BookBorrowed",
  reason: "too heavy",
  attempts: 1,
  behind: false,
  since: ""
})

it.effect("an event that cannot be read is told of the rows that its stream may concern", () =>
  Effect.gen(function* () {
    const unreadable = (position: number) =>
      new UndecodableEvent({ subject: "", streamId: "book/moby", position, reason: "headers" })
    const log = {
      at: (position: number) =>
        position === 9
          ? Effect.fail(new LogUnavailable({ reason: "gone" }))
          : Effect.succeed(position === 8 ? Option.none() : Option.some(unreadable(position)))
    } as unknown as EventLog["Service"]
    let letters = [letter(1, "book/moby"), letter(2, "book/moby"), letter(8, "book/ahab"), letter(9, "book/ahab")]
    const now = rowDeadLetters(library, shelf, log, () => letters)
    assert.deepStrictEqual(["moby", "ahab", "other"].map((yield* now).count), [2, 2, 0])
    // Nothing is known of a stream of another boundary: it may concern any row.
    letters = [letter(1, "shop/moby_1")]
    assert.deepStrictEqual(["moby", "other"].map((yield* now).count), [1, 1])
    letters = []
    assert.deepStrictEqual(["moby"].map((yield* now).count), [0])
  })
)

it.effect("a list says which rows it lacks, as far as their key is known", () =>
  Effect.gen(function* () {
    const nameless = new BookAcquired({ book: { id: "a" }, title: "" }, { disableChecks: true })
    Object.assign(nameless, { book: { id: "a".repeat(2_000) } })
    const log = {
      at: (position: number) =>
        Effect.succeed(position === 5 ? Option.some({ fact: nameless, place: "book/moby" }) : Option.none())
    } as unknown as EventLog["Service"]
    const letters = [
      letter(1, "book/moby"),
      letter(2, "book/moby"),
      letter(3, "book/ahab"),
      letter(4, "shop/x"),
      letter(5, "book/long")
    ]
    const { missingFrom } = yield* rowDeadLetters(library, shelf, log, () => letters)
    const all = { paths: new Set<string>(), fits: () => true, upTo: Infinity, limit: 10 }
    const [moby, ahab, any, long] = [
      { key: { book: "moby" }, count: 2 },
      { key: { book: "ahab" }, count: 1 },
      { key: {}, count: 1 },
      { key: { book: "long" }, count: 1 }
    ]
    assert.deepStrictEqual(missingFrom(all), { lacking: [moby, ahab, any, long], more: false })
    // A row that is there counts its own; of which row an event is that names none, nobody knows.
    assert.deepStrictEqual(missingFrom({ ...all, paths: new Set(["moby"]) }).lacking, [ahab, any, long])
    const { fits } = keyFilter(shelf, { book: { is: "ahab" } })
    assert.deepStrictEqual(missingFrom({ ...all, fits }).lacking, [ahab, any])
    assert.deepStrictEqual(missingFrom({ ...all, upTo: 2 }).lacking, [moby])
    assert.deepStrictEqual(missingFrom({ ...all, limit: 1 }), { lacking: [moby], more: true })
  })
)
