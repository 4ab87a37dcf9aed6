import { assert, layer } from "@effect/vitest"
import { Effect, Option, Schedule } from "effect"
import { Boundary, Key } from "#domain/model/index.ts"
import { bucketOf, checkpointsBucket, parkedBucket, progressKey } from "#layers/buckets/bucketNames.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { rowsNow } from "#layers/monitoring/history/rowsNow.ts"
import { subscriptions, viewSubscription } from "#layers/processors/boardSubscriptions.ts"
import { parseCheckpoint, encodeCheckpoint } from "#layers/processors/checkpointStore.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { type Bucket, KeyValue } from "#layers/services/KeyValue.ts"
import { Views } from "#layers/views/Views.ts"
import { AcquireBook, ann, BorrowBook, library, ReturnBook, shelf, BookBoundary } from "#test/boards/libraryBoard.ts"
import { type Backend, runningBoard } from "#test/support/backends.ts"
import { freshBook } from "#test/support/libraryFixtures.ts"

type Book = ReturnType<typeof freshBook>

const bucketNamed = (name: string) => Effect.map(KeyValue, ({ bucket }) => bucket(name))
const rows = bucketNamed(bucketOf(shelf))

/** A book that was borrowed `times` times, and its row, once the view has it. */
const lentBook = Effect.fnUntraced(function* (times: number) {
  const { execute } = yield* Commands
  const book = freshBook()
  yield* execute(AcquireBook, { book, title: "" }, { actor: "Librarian" })
  for (let n = 1; n < times; n++) {
    yield* execute(BorrowBook, { book, reader: ann }, { actor: "Member" })
    yield* execute(ReturnBook, { book, reader: ann }, { actor: "Member" })
  }
  const { seq } = yield* execute(BorrowBook, { book, reader: ann }, { actor: "Member" })
  const row = yield* (yield* Views).get(shelf, { book }, seq)
  assert.strictEqual(row.loans, times)
  return { book, row, stored: Option.getOrThrow(yield* (yield* rows).get(book.id)).value }
})

const poll = { schedule: Schedule.spaced("20 millis") }

/** Waits until a key of the bucket has this value; without it the test times out. */
const waitForValue = (bucket: Bucket, key: string, value: string | undefined) =>
  bucket.get(key).pipe(
    Effect.map((entry) => Option.getOrUndefined(Option.map(entry, ({ value }) => value))),
    Effect.repeat({ until: (found) => found === value, ...poll })
  )

/** Writes a value regardless of the current one and of concurrent writers, as `nats kv put` does. */
const overwrite = Effect.fnUntraced(
  function* (bucket: Bucket, key: string, value: string) {
    const now = yield* bucket.get(key)
    yield* bucket.put(key, value, Option.isSome(now) ? now.value.revision : 0)
  },
  Effect.retry({ while: ({ _tag }) => _tag === "RevisionChanged" })
)

const corruptions: ReadonlyArray<readonly [string, (stored: string) => string]> = [
  ["a row of another content", (stored) => stored.replace(/"loans":\d+/u, '"loans":70')],
  ["a row without its stamp", () => JSON.stringify({ book: { id: "x" }, where: "x", loans: 1 })],
  ["a row with a position ahead of the log", (stored) => stored.replace(/"position":\d+/u, '"position":99999999')],
  ["a value that is not JSON", () => "garbage"],
  ["JSON of another type", () => "[1]"],
  ["an empty value", () => ""]
]

const invalidCheckpoints = (known: string): ReadonlyArray<string> => {
  const checkpoint = parseCheckpoint(known)!
  return [
    "garbage",
    "",
    "null",
    "[]",
    JSON.stringify({ ...checkpoint, position: -7 }),
    JSON.stringify({ ...checkpoint, position: 1e308 }),
    JSON.stringify({ ...checkpoint, position: "12" }),
    encodeCheckpoint({ ...checkpoint, position: 99_999_999 }),
    encodeCheckpoint({ ...checkpoint, position: 0 }),
    encodeCheckpoint({ position: 3, log: checkpoint.log })
  ]
}

/** Changes of the buckets by other clients are repaired, on every backend. */
export const healing = (backend: Backend) =>
  layer(runningBoard(library, backend), { excludeTestServices: true, timeout: "30 seconds" })(
    `After a change by another client on ${backend.name}`,
    (it) => {
      it.effect("a row is restored", () =>
        Effect.gen(function* () {
          const bucket = yield* rows
          const views = yield* Views
          for (const [what, corrupt] of corruptions) {
            const { book, row, stored } = yield* lentBook(2)
            yield* overwrite(bucket, book.id, corrupt(stored))
            assert.deepStrictEqual(yield* views.get(shelf, { book }), row, what)
            yield* waitForValue(bucket, book.id, stored)
          }
          const { book, row, stored } = yield* lentBook(2)
          yield* bucket.remove(book.id)
          yield* waitForValue(bucket, book.id, stored)
          assert.deepStrictEqual(yield* views.get(shelf, { book }), row)
        })
      )

      it.effect("an event is never folded onto a corrupt row", () =>
        Effect.gen(function* () {
          const bucket = yield* rows
          const { execute } = yield* Commands
          const views = yield* Views
          const next = Effect.fnUntraced(function* (book: Book) {
            yield* execute(ReturnBook, { book, reader: ann }, { actor: "Member" })
            const { seq } = yield* execute(BorrowBook, { book, reader: ann }, { actor: "Member" })
            return yield* views.get(shelf, { book }, seq)
          })
          for (const [what, corrupt] of corruptions) {
            const { book, stored } = yield* lentBook(2)
            yield* overwrite(bucket, book.id, corrupt(stored))
            assert.include(yield* next(book), { loans: 3, where: "ann" }, what)
          }
          for (let n = 0; n < 5; n++) {
            const { book } = yield* lentBook(2)
            yield* bucket.remove(book.id)
            assert.include(yield* next(book), { loans: 3, where: "ann" }, "a row that was removed")
          }
        })
      )

      it.effect("a row without events is removed, and may be created by events later", () =>
        Effect.gen(function* () {
          const bucket = yield* rows
          const { execute } = yield* Commands
          const views = yield* Views
          const { stored } = yield* lentBook(1)
          const book = freshBook()
          yield* bucket.put(book.id, stored, 0)
          yield* waitForValue(bucket, book.id, undefined)
          assert.strictEqual((yield* views.get(shelf, { book })).loans, 0)
          yield* execute(AcquireBook, { book, title: "" }, { actor: "Librarian" })
          const { seq } = yield* execute(BorrowBook, { book, reader: ann }, { actor: "Member" })
          assert.strictEqual((yield* views.get(shelf, { book }, seq)).loans, 1)
        })
      )

      it.effect("a list with a corrupt row still succeeds", () =>
        Effect.gen(function* () {
          const bucket = yield* rows
          const list = yield* rowsNow(shelf)
          const { book, row, stored } = yield* lentBook(1)
          yield* overwrite(bucket, book.id, "{")
          const found = yield* list({ conditions: {}, limit: 5_000 })
          assert.deepInclude(found.rows, row)
          yield* waitForValue(bucket, book.id, stored)
        })
      )

      it.effect("the rows of a view with an invalid or wrong checkpoint are rebuilt", () =>
        Effect.gen(function* () {
          const bucket = yield* rows
          const views = yield* Views
          const { book, row } = yield* lentBook(2)
          const known = Option.getOrThrow(yield* bucket.get(progressKey)).value
          for (const corrupt of invalidCheckpoints(known)) {
            const before = parseCheckpoint(Option.getOrThrow(yield* bucket.get(progressKey)).value)!
            yield* overwrite(bucket, progressKey, corrupt)
            const checkpoint = yield* bucket.get(progressKey).pipe(
              Effect.map((entry) => Option.getOrUndefined(Option.map(entry, ({ value }) => parseCheckpoint(value)))),
              Effect.repeat({
                until: (now) => now?.fingerprint !== undefined && now.position >= before.position && now.position < 1e6,
                ...poll
              })
            )
            assert.strictEqual(checkpoint!.fingerprint, before.fingerprint, corrupt)
            assert.deepStrictEqual(
              yield* Effect.retry(views.get(shelf, { book }), { schedule: poll.schedule }),
              row,
              corrupt
            )
          }
          yield* lentBook(1)
        })
      )

      it.effect("a purged bucket is rebuilt without a new event", () =>
        Effect.gen(function* () {
          const bucket = yield* rows
          const { book, row, stored } = yield* lentBook(3)
          yield* bucket.clear
          yield* waitForValue(bucket, book.id, stored)
          const views = yield* Views
          assert.deepStrictEqual(yield* Effect.retry(views.get(shelf, { book }), poll), row)
        })
      )

      it.effect("a view whose checkpoint was removed is rebuilt", () =>
        Effect.gen(function* () {
          const bucket = yield* rows
          const { book, stored } = yield* lentBook(1)
          const before = Option.getOrThrow(yield* bucket.get(progressKey)).revision
          yield* bucket.remove(progressKey)
          yield* bucket
            .get(progressKey)
            .pipe(Effect.repeat({ until: (now) => Option.exists(now, (n) => n.revision > before), ...poll }))
          yield* waitForValue(bucket, book.id, stored)
        })
      )

      it.effect("the checkpoint of an automation is restored", () =>
        Effect.gen(function* () {
          const bucket = yield* bucketNamed(checkpointsBucket)
          const { execute } = yield* Commands
          const { name } = subscriptions(library).automations[0]!.subscription
          const { book } = yield* lentBook(1)
          yield* execute(ReturnBook, { book, reader: ann }, { actor: "Member" })
          const { position } = yield* bucket.get(name).pipe(
            Effect.map((entry) => (Option.isSome(entry) ? parseCheckpoint(entry.value.value) : undefined)),
            Effect.repeat({ until: (now) => now !== undefined, ...poll }),
            Effect.map((now) => now!)
          )
          const waitUntilRestored = bucket.get(name).pipe(
            Effect.map((entry) => (Option.isSome(entry) ? parseCheckpoint(entry.value.value) : undefined)),
            Effect.repeat({ until: (now) => now !== undefined && now.position >= position, ...poll })
          )
          yield* overwrite(bucket, name, "garbage")
          yield* waitUntilRestored
          yield* bucket.remove(name)
          yield* waitUntilRestored
          yield* bucket.clear
          yield* waitUntilRestored
        })
      )

      it.effect("the dead letters are restored", () =>
        Effect.gen(function* () {
          const bucket = yield* bucketNamed(parkedBucket)
          const deadLetters = yield* DeadLetters
          const streamId = Boundary.format(Boundary.streamId(BookBoundary, { book: freshBook() }))
          const log = yield* EventLog
          const position = yield* log.lastPosition()
          const details = {
            place: streamId,
            position,
            type: "BookBorrowed",
            reason: "too heavy",
            attempts: 1,
            behind: false
          }
          yield* deadLetters.add([{ by: viewSubscription(library, shelf).name, ...details }])
          const [deadLetter] = yield* deadLetters.all
          const stored = Option.getOrThrow(yield* bucket.get(deadLetter!.id)).value
          yield* overwrite(bucket, deadLetter!.id, "garbage")
          yield* waitForValue(bucket, deadLetter!.id, stored)
          yield* bucket.clear
          yield* waitForValue(bucket, deadLetter!.id, stored)
          assert.deepStrictEqual(yield* deadLetters.all, [deadLetter!])
          yield* deadLetters.clear(viewSubscription(library, shelf).name)
          assert.deepStrictEqual(yield* deadLetters.all, [])
        })
      )

      it.effect("the view's own writes trigger no repair: each key is written once for an event", () =>
        Effect.gen(function* () {
          const { book } = yield* lentBook(1)
          const bucket = yield* rows
          const revision = Option.getOrThrow(
            yield* bucket.get(Key.toBucketKey(Key.tokens(shelf.key, { book })))
          ).revision
          yield* Effect.sleep("300 millis")
          assert.strictEqual(Option.getOrThrow(yield* bucket.get(book.id)).revision, revision)
        })
      )
    }
  )
