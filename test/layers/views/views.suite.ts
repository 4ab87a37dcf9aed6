import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Option, Stream } from "effect"
import { bucketOf } from "#layers/buckets/bucketNames.ts"
import * as Execute from "#layers/commands/commandHandler.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { Subscriptions } from "#layers/services/Subscriptions.ts"
import * as Views from "#layers/views/Views.ts"
import { AcquireBook, ann, BorrowBook, library, ReturnBook, shelf } from "#test/boards/libraryBoard.ts"
import { type Backend, runningBoard } from "#test/support/backends.ts"
import { freshBook, streamIdOf } from "#test/support/libraryFixtures.ts"

/** Views and automations on every backend. */
export const views = (backend: Backend) =>
  layer(runningBoard(library, backend), { excludeTestServices: true })(
    `Views and automations on ${backend.name}`,
    (it) => {
      it.effect("a row without events is the initial one", () =>
        Effect.gen(function* () {
          const book = freshBook()
          assert.deepStrictEqual(yield* (yield* Views.Views).get(shelf, { book }), { book, where: "nowhere", loans: 0 })
        })
      )

      it.effect("a command's events can be read at once, in a row with its stamp", () =>
        Effect.gen(function* () {
          const { execute } = yield* Commands
          const views = yield* Views.Views
          const book = freshBook()
          yield* execute(AcquireBook, { book, title: "" }, { actor: "Librarian" })
          for (let loans = 1; loans <= 5; loans++) {
            const { seq } = yield* execute(BorrowBook, { book, reader: ann }, { actor: "Member" })
            const row = yield* views.get(shelf, { book }, seq)
            assert.deepStrictEqual(
              { ...row, updatedAt: typeof row.updatedAt },
              { book, where: "ann", loans, updatedAt: "string", updatedBy: "Member", position: seq }
            )
            yield* execute(ReturnBook, { book, reader: ann }, { actor: "Member" })
          }
        })
      )

      it.effect("a read after an event that the view does not read does not wait for it", () =>
        Effect.gen(function* () {
          const { execute } = yield* Commands
          const [book, next] = [freshBook(), freshBook()]
          yield* execute(AcquireBook, { book, title: "" }, { actor: "Librarian" })
          const { seq } = yield* execute(AcquireBook, { book: next, title: "" }, { actor: "Librarian" })
          assert.strictEqual((yield* (yield* Views.Views).get(shelf, { book }, seq)).where, "desk")
        })
      )

      it.effect("an automation reacts to each event once, with the same correlation", () =>
        Effect.gen(function* () {
          const { execute } = yield* Commands
          const log = yield* EventLog
          const bucket = (yield* KeyValue).bucket(bucketOf(shelf))
          const book = freshBook()
          const metadata = { actor: "Member", correlationId: `story-${book.id}` }
          yield* execute(AcquireBook, { book, title: "" }, metadata)
          yield* execute(BorrowBook, { book, reader: ann }, metadata)
          const returned = yield* execute(ReturnBook, { book, reader: ann }, metadata)
          yield* bucket.watch(book.id).pipe(
            Stream.filter(({ value }) => Option.exists(value, (row) => row.includes(`"where":"b"`))),
            Stream.runHead
          )
          const { events } = yield* log.read(streamIdOf(book))
          const shelved = events.filter(({ event }) => event._tag === "BookShelved")
          assert.strictEqual(shelved.length, 1)
          assert.strictEqual(shelved[0]!.actor, "Robot")
          assert.strictEqual(shelved[0]!.command, "ShelveBook")
          assert.strictEqual(shelved[0]!.correlationId, metadata.correlationId)
          assert.strictEqual(shelved[0]!.causationId, returned.facts[0]!.id)
        })
      )

      it.effect("the value in the bucket is the row, for clients that watch it", () =>
        Effect.gen(function* () {
          const { execute } = yield* Commands
          const bucket = (yield* KeyValue).bucket(bucketOf(shelf))
          const book = freshBook()
          const { seq } = yield* execute(AcquireBook, { book, title: "" }, { actor: "Librarian" })
          const row = yield* (yield* Views.Views).get(shelf, { book }, seq)
          const entry = yield* bucket.get(book.id)
          assert.deepStrictEqual(JSON.parse(Option.getOrThrow(entry).value), row)
        })
      )

      it.effect("a view applies the events of 300 books that are written concurrently", () =>
        Effect.gen(function* () {
          const { execute } = yield* Commands
          const views = yield* Views.Views
          const books = Array.from({ length: 300 }, freshBook)
          const receipts = yield* Effect.forEach(
            books,
            (book) =>
              execute(AcquireBook, { book, title: "" }, { actor: "Librarian" }).pipe(
                Effect.andThen(execute(BorrowBook, { book, reader: ann }, { actor: "Member" }))
              ),
            { concurrency: 64 }
          )
          const last = Math.max(...receipts.map(({ seq }) => seq))
          const rows = yield* Effect.forEach(books, (book) => views.get(shelf, { book }, last), { concurrency: 64 })
          assert.deepStrictEqual(new Set(rows.map(({ where, loans }) => `${where} ${loans}`)), new Set(["ann 1"]))
        })
      )
    }
  )

/** Views to which each batch is delivered twice. */
const redelivering = (backend: Backend) =>
  Layer.fresh(Views.layer(library)).pipe(
    Layer.provideMerge(DeadLetters.layer),
    Layer.provide(
      Layer.effect(
        Subscriptions,
        Effect.map(Subscriptions, (consumers) => ({
          ...consumers,
          run: (subscription, handle) =>
            consumers.run(subscription, (batch) => Effect.andThen(handle(batch), handle(batch)))
        }))
      )
    ),
    Layer.provideMerge(Execute.layer(library)),
    Layer.provideMerge(backend.services(library)),
    Layer.provide(Ids.layer)
  )

export const redeliveredEvents = (backend: Backend) =>
  layer(redelivering(backend), { excludeTestServices: true })(
    `Views on ${backend.name}, with events delivered twice`,
    (it) => {
      it.effect("fold each event once", () =>
        Effect.gen(function* () {
          const { execute } = yield* Commands
          const book = freshBook()
          yield* execute(AcquireBook, { book, title: "" }, { actor: "Librarian" })
          const { seq } = yield* execute(BorrowBook, { book, reader: ann }, { actor: "Member" })
          const row = yield* (yield* Views.Views).get(shelf, { book }, seq)
          assert.strictEqual(row.loans, 1)
        })
      )
    }
  )
