import { assert } from "@effect/vitest"
import { Arbitrary, Effect, Schedule, Schema } from "effect"
import { Audit, type AuditEntry } from "#layers/services/Audit.ts"
import { BookIsOut } from "#test/boards/libraryBoard.ts"
import { storedEntries, toStoredEntry } from "#test/support/audit.ts"
import { freshBook, testMetadata } from "#test/support/libraryFixtures.ts"

const Write = Schema.Struct({
  /** Writes the entry that many entries before again, with its id; 0 for a new one. */
  again: Schema.Literals([0, 0, 0, 1, 2, 5]),
  outcome: Schema.Literals(["refused", "unchanged"]),
  command: Schema.Literals(["BorrowBook", "ReturnBook"])
})
export const anyWrites = Arbitrary.array(Arbitrary.schema(Write), { minLength: 1, maxLength: 20 })

/** The model of an audit: a list of entries with unique ids. */
export const behavesAsAListOfIds = (writes: ReadonlyArray<typeof Write.Type>) =>
  Effect.gen(function* () {
    const audit = yield* Audit
    const entries: Array<AuditEntry> = []
    for (const { again, command, outcome } of writes) {
      const book = freshBook()
      const entry: AuditEntry = (again > 0 && entries.at(-again)) || {
        ...testMetadata(`audit-${book.id}`),
        id: `entry-${book.id}`,
        command,
        streamId: `book/${book.id}`,
        outcome,
        ...(outcome === "refused" && { rejection: new BookIsOut({ book }) })
      }
      yield* audit.write(entry)
      entries.push(entry)
    }
    const expected = Array.from(new Set(entries), toStoredEntry)
    // With several replicas, the one that is read may be behind for a moment.
    const stored = yield* storedEntries(new Set(entries.map(({ streamId }) => streamId))).pipe(
      Effect.repeat({ until: ({ length }) => length >= expected.length, schedule: Schedule.spaced("5 millis") })
    )
    assert.deepStrictEqual(stored, expected)
  })
