import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { Key, Projection } from "#domain/model/index.ts"
import * as Execute from "#layers/commands/commandHandler.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { viewSubscription } from "#layers/processors/boardSubscriptions.ts"
import { EventLog, type StreamVersion, emptyStream } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import * as Views from "#layers/views/Views.ts"
import { ann, BookAcquired, BookBorrowed, BookReturned, library, shelf } from "#test/boards/libraryBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import type { Backend } from "#test/support/backends.ts"
import { freshBook, testMetadata, streamIdOf } from "#test/support/libraryFixtures.ts"

const books = Array.from({ length: 40 }, freshBook)
const loans = 80

/** Enough events that a view catches up by replay: each book is borrowed and returned again and again. */
const fillLog = Effect.fnUntraced(function* (round: number) {
  const log = yield* EventLog
  yield* Effect.forEach(
    books,
    Effect.fnUntraced(function* (book) {
      const version: StreamVersion = round === 0 ? emptyStream : yield* log.read(streamIdOf(book))
      const events = Array.from({ length: loans }, () => [
        new BookBorrowed({ book, reader: ann }),
        new BookReturned({ book, reader: ann })
      ]).flat()
      const all = round === 0 ? [new BookAcquired({ book, title: "" }), ...events] : events
      yield* appendTo(log, streamIdOf(book), version, all, testMetadata(`${round}-${book.id}`))
    }),
    { concurrency: 8 }
  )
})

const views = Effect.map(
  Layer.build(Layer.fresh(Views.layer(library).pipe(Layer.provide(DeadLetters.layer)))),
  (built) => Context.get(built, Views.Views)
)

/** Views that catch up with a long log, on every backend. */
export const catchUp = (backend: Backend) =>
  layer(Execute.layer(library).pipe(Layer.provideMerge(backend.services(library)), Layer.provide(Ids.layer)), {
    excludeTestServices: true
  })(`A view far behind, on ${backend.name}`, (it) => {
    it.effect(
      "has the rows that the log folds to: from nothing, from its checkpoint, and in two processes at once",
      () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const check = Effect.fnUntraced(function* (reader: Views.Views["Service"]) {
            const end = yield* log.lastPosition(viewSubscription(library, shelf).types)
            for (const book of books) {
              const { events } = yield* log.read(streamIdOf(book))
              const { position, updatedAt: _, updatedBy, ...state } = yield* reader.get(shelf, { book }, end)
              assert.deepStrictEqual(state, {
                ...Key.pick(shelf.key, { book }),
                ...Projection.fold(
                  shelf.shows,
                  events.map(({ event }) => event)
                )
              })
              assert.strictEqual(position, events.at(-1)!.position)
              assert.strictEqual(updatedBy, "Librarian")
            }
          })
          yield* fillLog(0)
          yield* Effect.scoped(Effect.flatMap(Effect.all([views, views], { concurrency: 2 }), Effect.forEach(check)))
          yield* fillLog(1)
          yield* Effect.scoped(
            Effect.gen(function* () {
              const reader = yield* views
              yield* check(reader)
              yield* fillLog(2)
              yield* check(reader)
            })
          )
        })
    )
  })
