import { assert, layer } from "@effect/vitest"
import { Context, Effect, Exit, Layer, Predicate, Ref } from "effect"
import type { Boundary } from "#domain/model/index.ts"
import * as CommandHandler from "#layers/commands/commandHandler.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { EventLog, LogUnavailable, emptyStream } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import { AcquireBook, ann, BorrowBook, library, ReturnBook } from "#test/boards/libraryBoard.ts"
import type { Backend } from "#test/support/backends.ts"
import { freshBook, streamIdOf } from "#test/support/libraryFixtures.ts"

const member = { actor: "Member" }

/** Another process on the same log, with its own cache. */
const secondProcess = Effect.map(
  Layer.build(Layer.fresh(CommandHandler.layer(library)).pipe(Layer.provide(Ids.layer))),
  (context) => Context.get(context, Commands)
)

/** Commands on a log whose next append gets no answer; `stored` says whether it is stored. */
const withLostAnswer = (stored: boolean) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const losesAnswer = yield* Ref.make(true)
    const append: typeof log.append = (...appended) =>
      Effect.gen(function* () {
        if (!(yield* Ref.getAndSet(losesAnswer, false))) return yield* log.append(...appended)
        if (stored) yield* log.append(...appended)
        return yield* new LogUnavailable({ reason: "the answer was lost" })
      })
    return yield* Effect.provideService(secondProcess, EventLog, { ...log, append })
  })

/** Commands on a log of which a stale replica answers the next `times` reads with empty event streams. */
const withReplicaBehind = (times: number) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const left = yield* Ref.make(0)
    const readAll: typeof log.readAll = (streamIds) =>
      Effect.gen(function* () {
        if ((yield* Ref.getAndUpdate(left, (n) => Math.max(0, n - 1))) === 0) return yield* log.readAll(streamIds)
        return streamIds.map(() => ({ events: [], ...emptyStream }))
      })
    const commands = yield* Effect.provideService(secondProcess, EventLog, { ...log, readAll })
    return { commands, fallBehind: Ref.set(left, times) }
  })

const countOf = Effect.fnUntraced(function* (streamId: Boundary.StreamId) {
  return (yield* (yield* EventLog).read(streamId)).count
})

const acquiredBook = Effect.fnUntraced(function* (commands: Commands["Service"]) {
  const book = freshBook()
  yield* commands.execute(AcquireBook, { book, title: "" }, { actor: "Librarian" })
  return book
})

/** How commands run, on every backend. */
export const commands = (backend: Backend) =>
  layer(CommandHandler.layer(library).pipe(Layer.provideMerge(backend.services(library)), Layer.provide(Ids.layer)), {
    excludeTestServices: true
  })(`Commands on ${backend.name}`, (it) => {
    it.effect("return a receipt of what is in the log", () =>
      Effect.gen(function* () {
        const { execute } = yield* Commands
        const log = yield* EventLog
        const book = freshBook()
        const receipt = yield* execute(AcquireBook, { book, title: "" }, { actor: "Librarian" })
        const { events } = yield* log.read(streamIdOf(book))
        const [{ position, id, subject, actor, correlationId, causationId, commandId }] = events as [(typeof events)[0]]
        assert.deepStrictEqual(receipt, {
          stream: "library",
          seq: position,
          duplicate: false,
          correlationId: book.id,
          facts: [{ id, type: "BookAcquired", subject, position }]
        })
        assert.strictEqual(actor, "Librarian")
        assert.strictEqual(correlationId, book.id)
        assert.strictEqual(causationId, commandId)
      })
    )

    it.effect("without events return the position of the event stream", () =>
      Effect.gen(function* () {
        const commands = yield* Commands
        const book = yield* acquiredBook(commands)
        const again = yield* commands.execute(AcquireBook, { book, title: "" }, member)
        assert.deepStrictEqual(again.facts, [])
        assert.strictEqual(again.seq, (yield* (yield* EventLog).read(streamIdOf(book))).position)
      })
    )

    it.effect("fail with the rejection of the violated rule", () =>
      Effect.gen(function* () {
        const { execute } = yield* Commands
        const book = freshBook()
        const rejected = yield* execute(BorrowBook, { book, reader: ann }, member).pipe(Effect.flip)
        assert.isTrue(Predicate.isTagged(rejected, "Refused") && rejected.rejection._tag === "BookUnknown")
      })
    )

    it.effect("run once for one command id, and return the same receipt", () =>
      Effect.gen(function* () {
        const commands = yield* Commands
        const book = yield* acquiredBook(commands)
        const context = { ...member, commandId: `once-${book.id}` }
        const borrow = (by: Commands["Service"]) => by.execute(BorrowBook, { book, reader: ann }, context)
        const first = yield* borrow(commands)
        assert.deepStrictEqual(yield* borrow(commands), { ...first, duplicate: true })
        assert.deepStrictEqual(yield* borrow(yield* secondProcess), { ...first, duplicate: true })
        yield* commands.execute(ReturnBook, { book, reader: ann }, member)
        assert.deepStrictEqual(yield* borrow(commands), { ...first, duplicate: true })
        assert.deepStrictEqual(yield* borrow(yield* secondProcess), { ...first, duplicate: true })
      })
    )

    it.effect("fail for a command id that was used for something else", () =>
      Effect.gen(function* () {
        const commands = yield* Commands
        const [book, next] = [yield* acquiredBook(commands), yield* acquiredBook(commands)]
        const context = { ...member, commandId: `used-${book.id}` }
        yield* commands.execute(BorrowBook, { book, reader: ann }, context)
        for (const by of [commands, yield* secondProcess]) {
          const others = [
            by.execute(BorrowBook, { book, reader: { id: "bob" } }, context),
            by.execute(BorrowBook, { book: next, reader: ann }, context),
            by.execute(ReturnBook, { book, reader: ann }, context)
          ]
          for (const other of others) {
            assert.strictEqual(
              (yield* Effect.flip<unknown, { readonly _tag: string }, never>(other))._tag,
              "CommandIdReused"
            )
          }
        }
        assert.strictEqual(yield* countOf(streamIdOf(book)), 2)
        assert.strictEqual(yield* countOf(streamIdOf(next)), 1)
      })
    )

    it.effect("are decided on the log if the cache is stale", () =>
      Effect.gen(function* () {
        const here = yield* Commands
        const there = yield* secondProcess
        const book = yield* acquiredBook(here)
        yield* there.execute(BorrowBook, { book, reader: ann }, member)
        const rejected = yield* here.execute(BorrowBook, { book, reader: ann }, member).pipe(Effect.flip)
        assert.isTrue(Predicate.isTagged(rejected, "Refused") && rejected.rejection._tag === "BookIsOut")
        yield* there.execute(ReturnBook, { book, reader: ann }, member)
        yield* here.execute(BorrowBook, { book, reader: ann }, member)
        assert.strictEqual(yield* countOf(streamIdOf(book)), 4)
      })
    )

    it.effect("do not trust a replica that is behind the cache", () =>
      Effect.gen(function* () {
        const { commands: here, fallBehind } = yield* withReplicaBehind(2)
        const there = yield* secondProcess
        const book = yield* acquiredBook(here)
        yield* there.execute(BorrowBook, { book, reader: ann }, member)
        yield* fallBehind
        const rejected = yield* here.execute(BorrowBook, { book, reader: ann }, member).pipe(Effect.flip)
        assert.isTrue(Predicate.isTagged(rejected, "Refused") && rejected.rejection._tag === "BookIsOut")
        assert.strictEqual(yield* countOf(streamIdOf(book)), 2)
      })
    )

    it.effect("resolve an append with a lost answer by the command id", () =>
      Effect.gen(function* () {
        const commands = yield* Commands
        for (const stored of [true, false]) {
          const book = yield* acquiredBook(commands)
          const lossy = yield* withLostAnswer(stored)
          const receipt = yield* lossy.execute(BorrowBook, { book, reader: ann }, member)
          assert.strictEqual(receipt.facts.length, 1)
          assert.strictEqual(receipt.duplicate, stored)
          assert.strictEqual(yield* countOf(streamIdOf(book)), 2)
        }
      })
    )

    it.effect("accept one of 64 concurrent commands for the same book", () =>
      Effect.gen(function* () {
        const [here, there] = [yield* Commands, yield* secondProcess]
        const book = yield* acquiredBook(here)
        const exits = yield* Effect.forEach(
          Array.from({ length: 64 }, (_, n) => n),
          (n) => Effect.exit((n % 2 ? here : there).execute(BorrowBook, { book, reader: { id: `r${n}` } }, member)),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(exits.filter(Exit.isSuccess).length, 1)
        assert.strictEqual(yield* countOf(streamIdOf(book)), 2)
      })
    )
  })
