import { type EventLog, LogUnavailable, Unreadable } from "#layers/EventLog.ts"
import { rowDeadLetters } from "#layers/runtime/rowDeadLetters.ts"
import { assert, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { library, shelf } from "../library/board.ts"

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
      new Unreadable({ subject: "", place: "book/moby", position, reason: "headers" })
    const log = {
      at: (position: number) =>
        position === 9
          ? Effect.fail(new LogUnavailable({ reason: "gone" }))
          : Effect.succeed(position === 8 ? Option.none() : Option.some(unreadable(position)))
    } as unknown as EventLog["Service"]
    let letters = [letter(1, "book/moby"), letter(2, "book/moby"), letter(8, "book/ahab"), letter(9, "book/ahab")]
    const count = rowDeadLetters(library, shelf, log, () => letters)
    assert.deepStrictEqual(["moby", "ahab", "other"].map(yield* count), [2, 2, 0])
    // Nothing is known of a stream of another boundary: it may concern any row.
    letters = [letter(1, "shop/moby_1")]
    assert.deepStrictEqual(["moby", "other"].map(yield* count), [1, 1])
    letters = []
    assert.deepStrictEqual(["moby"].map(yield* count), [0])
  })
)
