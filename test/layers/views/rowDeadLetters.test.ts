import { assert, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { type EventLog, LogUnavailable, UndecodableEvent } from "#layers/services/EventLog.ts"
import { keyFilter } from "#layers/views/rows/keyFilter.ts"
import { rowDeadLetters } from "#layers/views/rows/rowDeadLetters.ts"
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

it.effect("an event that cannot be read counts for every row that its event stream may concern", () =>
  Effect.gen(function* () {
    const undecodable = (position: number) =>
      new UndecodableEvent({ subject: "", streamId: "book/moby", position, reason: "headers" })
    const log = {
      readAt: (position: number) =>
        position === 9
          ? Effect.fail(new LogUnavailable({ reason: "gone" }))
          : Effect.succeed(position === 8 ? Option.none() : Option.some(undecodable(position)))
    } as unknown as EventLog["Service"]
    let letters = [letter(1, "book/moby"), letter(2, "book/moby"), letter(8, "book/ahab"), letter(9, "book/ahab")]
    const now = rowDeadLetters(library, shelf, log, () => letters)
    assert.deepStrictEqual(["moby", "ahab", "other"].map((yield* now).count), [2, 2, 0])
    // An event stream of another boundary has no field of the key: it may concern any row.
    letters = [letter(1, "shop/moby_1")]
    assert.deepStrictEqual(["moby", "other"].map((yield* now).count), [1, 1])
    letters = []
    assert.deepStrictEqual(["moby"].map((yield* now).count), [0])
  })
)

it.effect("a list names the rows that it lacks, as far as their key is known", () =>
  Effect.gen(function* () {
    const withoutKey = new BookAcquired({ book: { id: "a" }, title: "" }, { disableChecks: true })
    Object.assign(withoutKey, { book: { id: "a".repeat(2_000) } })
    const log = {
      readAt: (position: number) =>
        Effect.succeed(position === 5 ? Option.some({ event: withoutKey, streamId: "book/moby" }) : Option.none())
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
    // A listed row has its own count; an event without a key may concern any row, and is always named.
    assert.deepStrictEqual(missingFrom({ ...all, paths: new Set(["moby"]) }).lacking, [ahab, any, long])
    const { fits } = keyFilter(shelf, { book: { is: "ahab" } })
    assert.deepStrictEqual(missingFrom({ ...all, fits }).lacking, [ahab, any])
    assert.deepStrictEqual(missingFrom({ ...all, upTo: 2 }).lacking, [moby])
    assert.deepStrictEqual(missingFrom({ ...all, limit: 1 }), { lacking: [moby], more: true })
  })
)
