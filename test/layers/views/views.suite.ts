import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Option, Stream } from "effect"
import * as Execute from "#layers/commands/commandHandler.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { bucketOf } from "#layers/services/bucketNames.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { Consumers } from "#layers/services/Subscriptions.ts"
import * as Views from "#layers/views/Views.ts"
import { AcquireBook, ann, BorrowBook, library, ReturnBook, shelf } from "#test/boards/libraryBoard.ts"
import { type Backend, runningBoard } from "#test/support/backends.ts"
import { freshBook, streamIdOf } from "#test/support/libraryFixtures.ts"

/** How read models and gears follow: the same on every ground. */
export const views = (backend: Backend) =>
  layer(runningBoard(library, backend), { excludeTestServices: true })(
    `Views and automations on ${backend.name}`,
    (it) => {
      it.effect("a row nobody touched is the initial one", () =>
        Effect.gen(function* () {
          const book = freshBook()
          assert.deepStrictEqual(yield* (yield* Views.Views).get(shelf, { book }), { book, where: "nowhere", loans: 0 })
        })
      )

      it.effect("what was just written can be read, with its stamp", () =>
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

      it.effect("a fact the view does not read is waited for no longer than those it does", () =>
        Effect.gen(function* () {
          const { execute } = yield* Commands
          const [book, next] = [freshBook(), freshBook()]
          yield* execute(AcquireBook, { book, title: "" }, { actor: "Librarian" })
          const { seq } = yield* execute(AcquireBook, { book: next, title: "" }, { actor: "Librarian" })
          assert.strictEqual((yield* (yield* Views.Views).get(shelf, { book }, seq)).where, "desk")
        })
      )

      it.effect("the gear answers each fact once, as part of the same story", () =>
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

      it.effect("the bucket's value is the row, for clients that watch", () =>
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

      it.effect("many books at once are all followed", () =>
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

/** A log whose followers are handed everything twice, one batch behind the other. */
const redelivering = (backend: Backend) =>
  Layer.fresh(Views.layer(library)).pipe(
    Layer.provideMerge(DeadLetters.layer),
    Layer.provide(
      Layer.effect(
        Consumers,
        Effect.map(Consumers, (consumers) => ({
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
  layer(redelivering(backend), { excludeTestServices: true })(`Views on ${backend.name}, handed facts twice`, (it) => {
    it.effect("fold each once", () =>
      Effect.gen(function* () {
        const { execute } = yield* Commands
        const book = freshBook()
        yield* execute(AcquireBook, { book, title: "" }, { actor: "Librarian" })
        const { seq } = yield* execute(BorrowBook, { book, reader: ann }, { actor: "Member" })
        const row = yield* (yield* Views.Views).get(shelf, { book }, seq)
        assert.strictEqual(row.loans, 1)
      })
    )
  })
