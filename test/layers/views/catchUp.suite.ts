import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { Key, Projection } from "#domain/model/index.ts"
import * as Execute from "#layers/commands/commandHandler.ts"
import { Parking } from "#layers/deadLetters/DeadLetters.ts"
import { EventLog, type Stand, untouched } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import { ofView } from "#layers/services/subscriptionsOf.ts"
import * as Views from "#layers/views/Views.ts"
import { ann, BookAcquired, BookBorrowed, BookReturned, library, shelf } from "#test/boards/libraryBoard.ts"
import { freshBook, origin, placeOf } from "#test/support/library.ts"
import type { Ground } from "#test/support/services.ts"

const books = Array.from({ length: 40 }, freshBook)
const loans = 80

/** More facts than a view is handed one by one: each book borrowed and returned again and again, in turn. */
const fill = Effect.fnUntraced(function* (round: number) {
  const log = yield* EventLog
  yield* Effect.forEach(
    books,
    Effect.fnUntraced(function* (book) {
      const stand: Stand = round === 0 ? untouched : yield* log.read(placeOf(book))
      const facts = Array.from({ length: loans }, () => [
        new BookBorrowed({ book, reader: ann }),
        new BookReturned({ book, reader: ann })
      ]).flat()
      const all = round === 0 ? [new BookAcquired({ book, title: "" }), ...facts] : facts
      yield* log.append(placeOf(book), stand, all, origin(`${round}-${book.id}`))
    }),
    { concurrency: 8 }
  )
})

const views = Effect.map(Layer.build(Layer.fresh(Views.layer(library).pipe(Layer.provide(Parking.layer)))), (built) =>
  Context.get(built, Views.Views)
)

/** How a view comes up that was not there while much happened: the same on every ground. */
export const catchUp = (ground: Ground) =>
  layer(Execute.layer(library).pipe(Layer.provideMerge(ground.services(library)), Layer.provide(Ids.layer)), {
    excludeTestServices: true
  })(`A view far behind, on ${ground.name}`, (it) => {
    it.effect("is what the log amounts to: from nothing, from where it stood, and for two at once", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const check = Effect.fnUntraced(function* (by: Views.Views["Service"]) {
          const end = yield* log.newest(ofView(shelf).types)
          for (const book of books) {
            const { facts } = yield* log.read(placeOf(book))
            const { position, updatedAt: _, updatedBy, ...state } = yield* by.get(shelf, { book }, end)
            assert.deepStrictEqual(state, {
              ...Key.pick(shelf.key, { book }),
              ...Projection.fold(
                shelf.shows,
                facts.map(({ fact }) => fact)
              )
            })
            assert.strictEqual(position, facts.at(-1)!.position)
            assert.strictEqual(updatedBy, "Librarian")
          }
        })
        yield* fill(0)
        yield* Effect.scoped(Effect.flatMap(Effect.all([views, views], { concurrency: 2 }), Effect.forEach(check)))
        yield* fill(1)
        yield* Effect.scoped(
          Effect.gen(function* () {
            const by = yield* views
            yield* check(by)
            yield* fill(2)
            yield* check(by)
          })
        )
      })
    )
  })
