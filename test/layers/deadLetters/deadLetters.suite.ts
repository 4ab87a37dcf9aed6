import { isDeepStrictEqual } from "node:util"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Commands } from "#layers/commands/Commands.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { rowsNow } from "#layers/monitoring/history/rowsNow.ts"
import { Views } from "#layers/views/Views.ts"
import { ann, BorrowBook, ReturnBook } from "#test/boards/libraryBoard.ts"
import { type Backend, runningBoard } from "#test/support/backends.ts"
import {
  acquire,
  failing,
  failingLibrary,
  failingShelf,
  automationName,
  lendAndReturn,
  deadLettersOf,
  waitUntilShelved,
  viewName
} from "#test/support/failingLibrary.ts"
import { freshBook } from "#test/support/libraryFixtures.ts"

/** Events that fail become dead letters, block their event stream and are retried in order, on every backend. */
export const deadLettering = (backend: Backend) =>
  layer(runningBoard(failingLibrary, backend), { excludeTestServices: true })(
    `Dead letters on ${backend.name}`,
    (it) => {
      it.effect(
        "an automation dead-letters an event that fails and the later ones of its event stream; other streams go on",
        () =>
          Effect.gen(function* () {
            const { retry } = yield* DeadLetters
            const [heavy, light] = [freshBook(), freshBook()]
            failing.automation.add(heavy.id)
            yield* acquire(heavy)
            yield* acquire(light)
            yield* lendAndReturn(heavy)
            yield* lendAndReturn(light)
            yield* waitUntilShelved(light, 1)
            const [first] = yield* deadLettersOf(automationName, [heavy], 1)
            assert.include(first, { type: "BookReturned", behind: false, attempts: 6 })
            assert.include(first!.reason, `${heavy.id} is too heavy`)
            yield* lendAndReturn(heavy)
            const [, second] = yield* deadLettersOf(automationName, [heavy], 2)
            assert.include(second, { behind: true, attempts: 0 })

            const failure = yield* Effect.flip(retry(second!.id))
            assert.strictEqual(failure._tag, "RetryFailed")
            assert.strictEqual((yield* deadLettersOf(automationName, [heavy], 2))[0]!.attempts, 7)
            failing.automation.clear()
            assert.strictEqual(yield* retry(first!.id), 2)
            yield* deadLettersOf(automationName, [heavy], 0)
            yield* waitUntilShelved(heavy, 1)
            assert.strictEqual((yield* Effect.flip(retry(second!.id)))._tag, "DeadLetterNotFound")
          })
      )

      it.effect("a view dead-letters an event that it cannot fold, and folds the row when a retry succeeds", () =>
        Effect.gen(function* () {
          const { retry } = yield* DeadLetters
          const views = yield* Views
          const [heavy, light] = [freshBook(), freshBook()]
          failing.row.add(heavy.id)
          yield* acquire(heavy)
          yield* acquire(light)
          yield* lendAndReturn(heavy)
          const { seq } = yield* lendAndReturn(light)
          const letters = yield* deadLettersOf(viewName, [heavy], 3)
          assert.deepStrictEqual(
            letters.map(({ behind, type }) => [type, behind]),
            [
              ["BookBorrowed", false],
              ["BookReturned", true],
              ["BookShelved", true]
            ]
          )
          assert.strictEqual((yield* views.get(failingShelf, { book: light }, seq)).loans, 1)
          assert.strictEqual((yield* views.get(failingShelf, { book: heavy }, seq)).loans, 0)
          const list = yield* rowsNow(failingShelf)
          const missingCounts = Effect.gen(function* () {
            const readRows = yield* Effect.forEach([heavy, light], (book) => views.read(failingShelf, { book }))
            const { rows } = yield* list({ conditions: {}, limit: 5_000 })
            const listed = [heavy, light].map(({ id }) => rows.find(({ book }) => isDeepStrictEqual(book, { id })))
            return [...readRows, ...listed].map((of) => of?.["deadLetters" as never])
          })
          assert.deepStrictEqual(yield* missingCounts, [3, undefined, 3, undefined])
          assert.strictEqual((yield* Effect.flip(retry(letters[0]!.id)))._tag, "RetryFailed")
          failing.row.clear()
          assert.strictEqual(yield* retry(letters[0]!.id), 3)
          yield* deadLettersOf(viewName, [heavy], 0)
          const row = yield* views.get(failingShelf, { book: heavy })
          assert.include(row, { loans: 1, where: heavy.id.slice(0, 1), position: letters[2]!.position })
          assert.deepStrictEqual(
            yield* missingCounts,
            Array.from({ length: 4 }, () => undefined)
          )
        })
      )

      it.effect("a list reports the dead letters of a row whose first event is one", () =>
        Effect.gen(function* () {
          const { retry } = yield* DeadLetters
          const views = yield* Views
          const [heavy, light] = [freshBook(), freshBook()]
          failing.first.add(heavy.id)
          const { seq } = yield* acquire(heavy)
          yield* acquire(light)
          const [letters] = yield* deadLettersOf(viewName, [heavy], 1)
          yield* views.waitForPosition(failingShelf, seq)
          const list = yield* rowsNow(failingShelf)
          const listed = ({ id }: { readonly id: string }) =>
            Effect.map(list({ conditions: { book: { is: id } }, limit: 5_000 }), ({ deadLetters, rows }) => [
              rows.length,
              deadLetters
            ])
          assert.deepStrictEqual(yield* listed(heavy), [0, [{ key: { book: heavy.id }, count: 1 }]])
          assert.deepStrictEqual(yield* listed(light), [1, undefined])
          failing.first.clear()
          yield* retry(letters!.id)
          assert.deepStrictEqual(yield* listed(heavy), [1, undefined])
        })
      )

      it.effect("a view dead-letters an event that makes a row too large to be stored, and the row is unchanged", () =>
        Effect.gen(function* () {
          const { retry } = yield* DeadLetters
          const views = yield* Views
          const [heavy, light] = [freshBook(), freshBook()]
          failing.large.add(heavy.id)
          yield* acquire(heavy)
          yield* acquire(light)
          const { execute } = yield* Commands
          yield* execute(BorrowBook, { book: heavy, reader: ann }, { actor: "Member" })
          const [first] = yield* deadLettersOf(viewName, [heavy], 1)
          const failure = yield* Effect.flip(retry(first!.id))
          assert.strictEqual(failure._tag, "RetryFailed")
          assert.include(failure.message, "which takes at most 1044480")
          yield* execute(ReturnBook, { book: heavy, reader: ann }, { actor: "Member" })
          const { seq } = yield* lendAndReturn(light)
          const letters = yield* deadLettersOf(viewName, [heavy], 3)
          assert.deepStrictEqual(
            letters.map(({ behind, type }) => [type, behind]),
            [
              ["BookBorrowed", false],
              ["BookReturned", true],
              ["BookShelved", true]
            ]
          )
          assert.match(
            letters[0]!.reason,
            /^book\w+ would have \d+ bytes in the bucket .*, which takes at most 1044480/u
          )
          assert.include(yield* views.get(failingShelf, { book: heavy }, seq), { loans: 0, where: "desk" })
          assert.strictEqual((yield* views.get(failingShelf, { book: light }, seq)).loans, 1)
          failing.large.clear()
          assert.strictEqual(yield* retry(letters[0]!.id), 3)
          assert.strictEqual((yield* views.get(failingShelf, { book: heavy })).loans, 1)
        })
      )
    }
  )
