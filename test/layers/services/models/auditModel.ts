import { assert } from "@effect/vitest"
import { Arbitrary, Effect, Schedule, Schema } from "effect"
import { Audit, type AuditEntry } from "#layers/services/Audit.ts"
import { BookIsOut } from "#test/boards/libraryBoard.ts"
import { storedEntries, toStoredEntry } from "#test/support/audit.ts"
import { freshBook, testMetadata } from "#test/support/libraryFixtures.ts"

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
    const lines: Array<AuditEntry> = []
    for (const { again, command, outcome } of writes) {
      const book = freshBook()
      const line: AuditEntry = (again > 0 && lines.at(-again)) || {
        ...testMetadata(`audit-${book.id}`),
        id: `line-${book.id}`,
        command,
        streamId: `book/${book.id}`,
        outcome,
        ...(outcome === "refused" && { rejection: new BookIsOut({ book }) })
      }
      yield* audit.write(line)
      lines.push(line)
    }
    const expected = Array.from(new Set(lines), toStoredEntry)
    // Of several replicas, the one that is read may hear of the newest lines a moment later.
    const stored = yield* storedEntries(new Set(lines.map(({ streamId }) => streamId))).pipe(
      Effect.repeat({ until: ({ length }) => length >= expected.length, schedule: Schedule.spaced("5 millis") })
    )
    assert.deepStrictEqual(stored, expected)
  })
