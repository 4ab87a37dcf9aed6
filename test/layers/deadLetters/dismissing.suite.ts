import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Commands } from "#layers/commands/Commands.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { dismissDeadLetter } from "#layers/deadLetters/dismissDeadLetter.ts"
import { rowsAt } from "#layers/monitoring/history/rowsAt.ts"
import { type RowQuery, rowsNow } from "#layers/monitoring/history/rowsNow.ts"
import { LogTail } from "#layers/monitoring/tail/LogTail.ts"
import { LogReader } from "#layers/services/LogReader.ts"
import { ViewHealth } from "#layers/views/ViewHealth.ts"
import { Views } from "#layers/views/Views.ts"
import { ann, BorrowBook } from "#test/boards/libraryBoard.ts"
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

const dismissal = { reason: "the book is too heavy", by: "Ann" }

/** Dismisses a dead letter as an operator does, and retries those that it blocks. Returns how many succeeded. */
const dismissAndContinue = Effect.fnUntraced(function* (id: string) {
  const { consumer, place: streamId } = yield* dismissDeadLetter(id, dismissal)
  return yield* (yield* DeadLetters).retryBlocked({ by: consumer, place: streamId })
})

/** A dismissed dead letter is skipped, and its event stream goes on, on every backend. */
export const dismissing = (backend: Backend) =>
  layer(runningBoard(failingLibrary, backend), { excludeTestServices: true })(`Dismissing on ${backend.name}`, (it) => {
    it.effect("an automation skips the event, and no other one of its event stream", () =>
      Effect.gen(function* () {
        const deadLetterService = yield* DeadLetters
        const [heavy, other] = [freshBook(), freshBook()]
        failing.automation.add(heavy.id).add(other.id)
        yield* acquire(heavy)
        yield* acquire(other)
        yield* lendAndReturn(heavy)
        yield* lendAndReturn(other)
        const [first] = yield* deadLettersOf(automationName, [heavy], 1)
        yield* lendAndReturn(heavy)
        const [, second] = yield* deadLettersOf(automationName, [heavy], 2)
        yield* deadLettersOf(automationName, [other], 1)

        assert.deepInclude(yield* Effect.flip(dismissAndContinue(second!.id)), {
          _tag: "DeadLetterBlocked",
          first: first!.id
        })
        // The next event fails for the same reason, so it is not only blocked any more.
        assert.strictEqual(yield* dismissAndContinue(first!.id), 0)
        const [deadLetter] = yield* deadLettersOf(automationName, [heavy], 1)
        assert.deepInclude(deadLetter, { id: second!.id, behind: false })
        failing.automation.clear()
        assert.strictEqual(yield* deadLetterService.retry(second!.id), 1)
        yield* lendAndReturn(heavy)
        yield* waitUntilShelved(heavy, 2)
        yield* deadLettersOf(automationName, [heavy], 0)
        assert.lengthOf(yield* deadLettersOf(automationName, [other], 1), 1)
        assert.strictEqual((yield* Effect.flip(deadLetterService.retry(first!.id)))._tag, "DeadLetterNotFound")
        assert.strictEqual((yield* Effect.flip(dismissAndContinue(first!.id)))._tag, "DeadLetterNotFound")
        // A redelivered event does not become a dead letter again.
        yield* deadLetterService.add([first!])
        yield* deadLettersOf(automationName, [heavy], 0)
        assert.deepInclude(deadLetterService.dismissedAt(first!.position)[0]?.dismissed, dismissal)
        yield* deadLetterService.retry((yield* deadLettersOf(automationName, [other], 1))[0]!.id)
      })
    )

    it.effect("a view folds its row without the event, in current and past reads, and goes on", () =>
      Effect.gen(function* () {
        const views = yield* Views
        const { execute } = yield* Commands
        const heavy = freshBook()
        failing.row.add(heavy.id)
        yield* acquire(heavy)
        yield* lendAndReturn(heavy)
        const deadLetters = yield* deadLettersOf(viewName, [heavy], 3)
        assert.strictEqual(yield* dismissAndContinue(deadLetters[0]!.id), 2)
        yield* deadLettersOf(viewName, [heavy], 0)
        const shelf = yield* views.read(failingShelf, { book: heavy })
        assert.include(shelf.row, { loans: 0, where: heavy.id.slice(0, 1), position: deadLetters[2]!.position })
        assert.isUndefined(shelf.deadLetters)

        const readRowsAt = rowsAt(failingLibrary, failingShelf, yield* LogTail, yield* LogReader, yield* ViewHealth)
        const query: RowQuery = { conditions: { book: { is: heavy.id } }, limit: 5 }
        const currentRows = yield* (yield* rowsNow(failingShelf))(query)
        const pastRows = yield* readRowsAt(deadLetters[2]!.position, query, () => Effect.void)
        assert.deepStrictEqual(pastRows.rows, currentRows.rows)

        failing.row.clear()
        const { seq } = yield* execute(BorrowBook, { book: heavy, reader: ann }, { actor: "Member" })
        assert.include(yield* views.get(failingShelf, { book: heavy }, seq), { loans: 1, where: "ann" })
      })
    )

    it.effect("the blocked events are processed up to the next one that fails", () =>
      Effect.gen(function* () {
        const views = yield* Views
        const heavy = freshBook()
        failing.row.add(heavy.id)
        yield* acquire(heavy)
        for (const times of [1, 2]) {
          yield* lendAndReturn(heavy)
          yield* waitUntilShelved(heavy, times)
        }
        const deadLetters = yield* deadLettersOf(viewName, [heavy], 6)
        assert.strictEqual(yield* dismissAndContinue(deadLetters[0]!.id), 2)
        const remaining = yield* deadLettersOf(viewName, [heavy], 3)
        assert.deepStrictEqual(
          remaining.map(({ behind, id }) => [id, behind]),
          deadLetters.slice(3).map(({ id }, n) => [id, n > 0])
        )
        const { row } = yield* views.read(failingShelf, { book: heavy })
        assert.include(row, { loans: 0, where: heavy.id.slice(0, 1), position: deadLetters[2]!.position })
        failing.row.clear()
        assert.strictEqual(yield* (yield* DeadLetters).retry(remaining[0]!.id), 3)
        assert.strictEqual((yield* views.get(failingShelf, { book: heavy })).loans, 1)
      })
    )
  })
