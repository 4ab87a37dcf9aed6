import { isDeepStrictEqual } from "node:util"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Commands } from "#layers/commands/Commands.ts"
import { Parking } from "#layers/deadLetters/DeadLetters.ts"
import { rowsNow } from "#layers/monitoring/history/rowsNow.ts"
import { Views } from "#layers/views/Views.ts"
import { ann, BorrowBook, ReturnBook } from "#test/boards/libraryBoard.ts"
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

/** What cannot be taken is parked, waits in order, and is taken again: the same on every ground. */
export const parking = (ground: Ground) =>
  layer(running(delicate, ground), { excludeTestServices: true })(`Parking on ${ground.name}`, (it) => {
    it.effect("an automation parks what it cannot answer, and what comes after it in that place; others go on", () =>
      Effect.gen(function* () {
        const { retry } = yield* Parking
        const [heavy, light] = [freshBook(), freshBook()]
        broken.gear.add(heavy.id)
        yield* acquired(heavy)
        yield* acquired(light)
        yield* lent(heavy)
        yield* lent(light)
        yield* shelved(light, 1)
        const [first] = yield* parkedBy(gear, [heavy], 1)
        assert.include(first, { type: "BookReturned", behind: false, attempts: 6 })
        assert.include(first!.reason, `${heavy.id} is too heavy`)
        yield* lent(heavy)
        const [, second] = yield* parkedBy(gear, [heavy], 2)
        assert.include(second, { behind: true, attempts: 0 })

        const still = yield* Effect.flip(retry(second!.id))
        assert.strictEqual(still._tag, "StillStuck")
        assert.strictEqual((yield* parkedBy(gear, [heavy], 2))[0]!.attempts, 7)
        broken.gear.clear()
        assert.strictEqual(yield* retry(first!.id), 2)
        yield* parkedBy(gear, [heavy], 0)
        yield* shelved(heavy, 1)
        assert.strictEqual((yield* Effect.flip(retry(second!.id)))._tag, "NotParked")
      })
    )

    it.effect("a view parks a fact it cannot fold, and folds the row anew when it can", () =>
      Effect.gen(function* () {
        const { retry } = yield* Parking
        const views = yield* Views
        const [heavy, light] = [freshBook(), freshBook()]
        broken.row.add(heavy.id)
        yield* acquired(heavy)
        yield* acquired(light)
        yield* lent(heavy)
        const { seq } = yield* lent(light)
        const parked = yield* parkedBy(view, [heavy], 3)
        assert.deepStrictEqual(
          parked.map(({ behind, type }) => [type, behind]),
          [
            ["BookBorrowed", false],
            ["BookReturned", true],
            ["BookShelved", true]
          ]
        )
        assert.strictEqual((yield* views.get(delicateShelf, { book: light }, seq)).loans, 1)
        assert.strictEqual((yield* views.get(delicateShelf, { book: heavy }, seq)).loans, 0)
        const list = yield* rowsNow(delicateShelf)
        const lacking = Effect.gen(function* () {
          const looked = yield* Effect.forEach([heavy, light], (book) => views.look(delicateShelf, { book }))
          const { rows } = yield* list({ choices: {}, limit: 5_000 })
          const listed = [heavy, light].map(({ id }) => rows.find(({ book }) => isDeepStrictEqual(book, { id })))
          return [...looked, ...listed].map((of) => of?.["deadLetters" as never])
        })
        assert.deepStrictEqual(yield* lacking, [3, undefined, 3, undefined])
        assert.strictEqual((yield* Effect.flip(retry(parked[0]!.id)))._tag, "StillStuck")
        broken.row.clear()
        assert.strictEqual(yield* retry(parked[0]!.id), 3)
        yield* parkedBy(view, [heavy], 0)
        const row = yield* views.get(delicateShelf, { book: heavy })
        assert.include(row, { loans: 1, where: heavy.id.slice(0, 1), position: parked[2]!.position })
        assert.deepStrictEqual(
          yield* lacking,
          Array.from({ length: 4 }, () => undefined)
        )
      })
    )

    it.effect("a list says what it lacks, where the first event of a row is set aside", () =>
      Effect.gen(function* () {
        const { retry } = yield* Parking
        const views = yield* Views
        const [heavy, light] = [freshBook(), freshBook()]
        broken.first.add(heavy.id)
        const { seq } = yield* acquired(heavy)
        yield* acquired(light)
        const [parked] = yield* parkedBy(view, [heavy], 1)
        yield* views.reach(delicateShelf, seq)
        const list = yield* rowsNow(delicateShelf)
        const listed = ({ id }: { readonly id: string }) =>
          Effect.map(list({ choices: { book: { is: id } }, limit: 5_000 }), ({ deadLetters, rows }) => [
            rows.length,
            deadLetters
          ])
        assert.deepStrictEqual(yield* listed(heavy), [0, [{ key: { book: heavy.id }, count: 1 }]])
        assert.deepStrictEqual(yield* listed(light), [1, undefined])
        broken.first.clear()
        yield* retry(parked!.id)
        assert.deepStrictEqual(yield* listed(heavy), [1, undefined])
      })
    )

    it.effect("a view parks the fact that makes a row too large to be stored, and the row stays as it was", () =>
      Effect.gen(function* () {
        const { retry } = yield* Parking
        const views = yield* Views
        const [heavy, light] = [freshBook(), freshBook()]
        broken.large.add(heavy.id)
        yield* acquired(heavy)
        yield* acquired(light)
        const { execute } = yield* Commands
        yield* execute(BorrowBook, { book: heavy, reader: ann }, { actor: "Member" })
        const [first] = yield* parkedBy(view, [heavy], 1)
        const still = yield* Effect.flip(retry(first!.id))
        assert.strictEqual(still._tag, "StillStuck")
        assert.include(still.message, "which takes at most 1044480")
        yield* execute(ReturnBook, { book: heavy, reader: ann }, { actor: "Member" })
        const { seq } = yield* lent(light)
        const parked = yield* parkedBy(view, [heavy], 3)
        assert.deepStrictEqual(
          parked.map(({ behind, type }) => [type, behind]),
          [
            ["BookBorrowed", false],
            ["BookReturned", true],
            ["BookShelved", true]
          ]
        )
        assert.match(parked[0]!.reason, /^book\w+ would have \d+ bytes in the bucket .*, which takes at most 1044480/u)
        assert.include(yield* views.get(delicateShelf, { book: heavy }, seq), { loans: 0, where: "desk" })
        assert.strictEqual((yield* views.get(delicateShelf, { book: light }, seq)).loans, 1)
        broken.large.clear()
        assert.strictEqual(yield* retry(parked[0]!.id), 3)
        assert.strictEqual((yield* views.get(delicateShelf, { book: heavy })).loans, 1)
      })
    )
  })
