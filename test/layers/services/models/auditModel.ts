import { assert } from "@effect/vitest"
import { Arbitrary, Effect, Schedule, Schema } from "effect"
import { Audit, type Line } from "#layers/services/Audit.ts"
import { BookIsOut } from "#test/boards/libraryBoard.ts"
import { linesOf, ofLine } from "#test/support/audit.ts"
import { freshBook, origin } from "#test/support/library.ts"

const Write = Schema.Struct({
  /** The line some lines before once more, under its old id; 0 for a new one. */
  again: Schema.Literals([0, 0, 0, 1, 2, 5]),
  outcome: Schema.Literals(["refused", "unchanged"]),
  command: Schema.Literals(["BorrowBook", "ReturnBook"])
})
export const anyWrites = Arbitrary.array(Arbitrary.schema(Write), { minLength: 1, maxLength: 20 })

/** What an audit is: a list of lines, each id once. */
export const behavesAsAListOfIds = (writes: ReadonlyArray<typeof Write.Type>) =>
  Effect.gen(function* () {
    const audit = yield* Audit
    const lines: Array<Line> = []
    for (const { again, command, outcome } of writes) {
      const book = freshBook()
      const line: Line = (again > 0 && lines.at(-again)) || {
        ...origin(`audit-${book.id}`),
        id: `line-${book.id}`,
        command,
        place: `book/${book.id}`,
        outcome,
        ...(outcome === "refused" && { refusal: new BookIsOut({ book }) })
      }
      yield* audit.write(line)
      lines.push(line)
    }
    const wanted = Array.from(new Set(lines), ofLine)
    // Of several replicas, the one that is read may hear of the newest lines a moment later.
    const kept = yield* linesOf(new Set(lines.map(({ place }) => place))).pipe(
      Effect.repeat({ until: ({ length }) => length >= wanted.length, schedule: Schedule.spaced("5 millis") })
    )
    assert.deepStrictEqual(kept, wanted)
  })
