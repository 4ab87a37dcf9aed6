import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Commands } from "#layers/commands/Commands.ts"
import { Parking } from "#layers/deadLetters/DeadLetters.ts"
import { dismissDeadLetter } from "#layers/deadLetters/dismissDeadLetter.ts"
import { rowsThen } from "#layers/monitoring/history/rowsAt.ts"
import { rowsNow } from "#layers/monitoring/history/rowsNow.ts"
import { Watch } from "#layers/monitoring/tail/LogTail.ts"
import { LogReader } from "#layers/services/LogReader.ts"
import { ViewHealth } from "#layers/views/ViewHealth.ts"
import { Views } from "#layers/views/Views.ts"
import { ann, BorrowBook } from "#test/boards/libraryBoard.ts"
import {
  acquired,
  broken,
  delicate,
  delicateShelf,
  gear,
  lent,
  parkedBy,
  shelved,
  view
} from "#test/support/delicate.ts"
import { freshBook } from "#test/support/library.ts"
import { type Ground, running } from "#test/support/services.ts"

const why = { reason: "a book that nobody can lift", by: "Ann" }

/** Dismisses a dead letter as an operator does, and takes what waits behind it. How many that was. */
const dismissed = Effect.fnUntraced(function* (id: string) {
  const { consumer, place } = yield* dismissDeadLetter(id, why)
  return yield* (yield* Parking).takeWaiting({ by: consumer, place })
})

/** What will never be taken is given up, and what waits behind it goes on: the same on every ground. */
export const dismissing = (ground: Ground) =>
  layer(running(delicate, ground), { excludeTestServices: true })(`Dismissing on ${ground.name}`, (it) => {
    it.effect("an automation passes over the event, and over no other of its stream", () =>
      Effect.gen(function* () {
        const parking = yield* Parking
        const [heavy, other] = [freshBook(), freshBook()]
        broken.gear.add(heavy.id).add(other.id)
        yield* acquired(heavy)
        yield* acquired(other)
        yield* lent(heavy)
        yield* lent(other)
        const [first] = yield* parkedBy(gear, [heavy], 1)
        yield* lent(heavy)
        const [, second] = yield* parkedBy(gear, [heavy], 2)
        yield* parkedBy(gear, [other], 1)

        assert.deepInclude(yield* Effect.flip(dismissed(second!.id)), { _tag: "WaitsBehind", first: first!.id })
        // What waited for it fails for the same reason: it is a dead letter of its own now.
        assert.strictEqual(yield* dismissed(first!.id), 0)
        const [stuck] = yield* parkedBy(gear, [heavy], 1)
        assert.deepInclude(stuck, { id: second!.id, behind: false })
        broken.gear.clear()
        assert.strictEqual(yield* parking.retry(second!.id), 1)
        yield* lent(heavy)
        yield* shelved(heavy, 2)
        yield* parkedBy(gear, [heavy], 0)
        assert.lengthOf(yield* parkedBy(gear, [other], 1), 1)
        assert.strictEqual((yield* Effect.flip(parking.retry(first!.id)))._tag, "NotParked")
        assert.strictEqual((yield* Effect.flip(dismissed(first!.id)))._tag, "NotParked")
        // One that is handed over again is not parked again either.
        yield* parking.park([first!])
        yield* parkedBy(gear, [heavy], 0)
        assert.deepInclude(parking.dismissedAt(first!.position)[0]?.dismissed, why)
        yield* parking.retry((yield* parkedBy(gear, [other], 1))[0]!.id)
      })
    )

    it.effect("a view folds its row without the event, now and as of then, and goes on", () =>
      Effect.gen(function* () {
        const views = yield* Views
        const { execute } = yield* Commands
        const heavy = freshBook()
        broken.row.add(heavy.id)
        yield* acquired(heavy)
        yield* lent(heavy)
        const parked = yield* parkedBy(view, [heavy], 3)
        assert.strictEqual(yield* dismissed(parked[0]!.id), 2)
        yield* parkedBy(view, [heavy], 0)
        const shelf = yield* views.look(delicateShelf, { book: heavy })
        assert.include(shelf.row, { loans: 0, where: heavy.id.slice(0, 1), position: parked[2]!.position })
        assert.isUndefined(shelf.deadLetters)

        const rowThen = rowsThen(delicateShelf, yield* Watch, yield* LogReader, yield* ViewHealth)
        const asked = { choices: { book: { is: heavy.id } }, limit: 5 }
        const now = yield* (yield* rowsNow(delicateShelf))(asked)
        const then = yield* rowThen(parked[2]!.position, asked, () => Effect.void)
        assert.deepStrictEqual(then.rows, now.rows)

        broken.row.clear()
        const { seq } = yield* execute(BorrowBook, { book: heavy, reader: ann }, { actor: "Member" })
        assert.include(yield* views.get(delicateShelf, { book: heavy }, seq), { loans: 1, where: "ann" })
      })
    )

    it.effect("what waits behind it is taken up to the next that cannot be", () =>
      Effect.gen(function* () {
        const views = yield* Views
        const heavy = freshBook()
        broken.row.add(heavy.id)
        yield* acquired(heavy)
        for (const times of [1, 2]) {
          yield* lent(heavy)
          yield* shelved(heavy, times)
        }
        const parked = yield* parkedBy(view, [heavy], 6)
        assert.strictEqual(yield* dismissed(parked[0]!.id), 2)
        const left = yield* parkedBy(view, [heavy], 3)
        assert.deepStrictEqual(
          left.map(({ behind, id }) => [id, behind]),
          parked.slice(3).map(({ id }, n) => [id, n > 0])
        )
        const { row } = yield* views.look(delicateShelf, { book: heavy })
        assert.include(row, { loans: 0, where: heavy.id.slice(0, 1), position: parked[2]!.position })
        broken.row.clear()
        assert.strictEqual(yield* (yield* Parking).retry(left[0]!.id), 3)
        assert.strictEqual((yield* views.get(delicateShelf, { book: heavy })).loans, 1)
      })
    )
  })
