import { assert, layer } from "@effect/vitest"
import { Effect, Option, Schedule } from "effect"
import { Boundary, Key } from "#domain/model/index.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { Parking } from "#layers/deadLetters/DeadLetters.ts"
import { rowsNow } from "#layers/monitoring/history/rowsNow.ts"
import { checkpointIn, encode } from "#layers/processors/checkpoint.ts"
import { bucketOf, checkpointsBucket, parkedBucket, progressKey } from "#layers/services/buckets.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { type Bucket, KeyValue } from "#layers/services/KeyValue.ts"
import { followers, ofView } from "#layers/services/subscriptionsOf.ts"
import { Views } from "#layers/views/Views.ts"
import { AcquireBook, ann, BorrowBook, library, ReturnBook, shelf } from "#test/boards/libraryBoard.ts"
import { freshBook } from "#test/support/library.ts"
import { type Ground, running } from "#test/support/services.ts"

type Book = ReturnType<typeof freshBook>

const bucketNamed = (name: string) => Effect.map(KeyValue, ({ bucket }) => bucket(name))
const rows = bucketNamed(bucketOf(shelf))

/** A book that was borrowed so often, and the row of it, once the view has it. */
const lent = Effect.fnUntraced(function* (times: number) {
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

const soon = { schedule: Schedule.spaced("20 millis") }

/** Waits until a key of the bucket has this value; a test that waits in vain times out. */
const comesTo = (bucket: Bucket, key: string, value: string | undefined) =>
  bucket.get(key).pipe(
    Effect.map((entry) => Option.getOrUndefined(Option.map(entry, ({ value }) => value))),
    Effect.repeat({ until: (found) => found === value, ...soon })
  )

/** Puts something under a key, whatever is there and whoever writes it meanwhile, as `nats kv put` does. */
const overwrite = Effect.fnUntraced(
  function* (bucket: Bucket, key: string, value: string) {
    const now = yield* bucket.get(key)
    yield* bucket.put(key, value, Option.isSome(now) ? now.value.revision : 0)
  },
  Effect.retry({ while: ({ _tag }) => _tag === "RevisionChanged" })
)

const wrongs: ReadonlyArray<readonly [string, (stored: string) => string]> = [
  ["a row of another content", (stored) => stored.replace(/"loans":\d+/u, '"loans":70')],
  ["a row without its stamp", () => JSON.stringify({ book: { id: "x" }, where: "x", loans: 1 })],
  ["a row from far ahead", (stored) => stored.replace(/"position":\d+/u, '"position":99999999')],
  ["what is not JSON", () => "garbage"],
  ["JSON of another type", () => "[1]"],
  ["nothing", () => ""]
]

const absurd = (known: string): ReadonlyArray<string> => {
  const checkpoint = checkpointIn(known)!
  return [
    "garbage",
    "",
    "null",
    "[]",
    JSON.stringify({ ...checkpoint, position: -7 }),
    JSON.stringify({ ...checkpoint, position: 1e308 }),
    JSON.stringify({ ...checkpoint, position: "12" }),
    encode({ ...checkpoint, position: 99_999_999 }),
    encode({ ...checkpoint, position: 0 }),
    encode({ position: 3, log: checkpoint.log })
  ]
}

/** What something else does to the buckets is put right: the same on every ground. */
export const healing = (ground: Ground) =>
  layer(running(library, ground), { excludeTestServices: true, timeout: "30 seconds" })(
    `What something else changed, on ${ground.name},`,
    (it) => {
      it.effect("is restored: a row", () =>
        Effect.gen(function* () {
          const bucket = yield* rows
          const views = yield* Views
          for (const [what, wrong] of wrongs) {
            const { book, row, stored } = yield* lent(2)
            yield* overwrite(bucket, book.id, wrong(stored))
            assert.deepStrictEqual(yield* views.get(shelf, { book }), row, what)
            yield* comesTo(bucket, book.id, stored)
          }
          const { book, row, stored } = yield* lent(2)
          yield* bucket.remove(book.id)
          yield* comesTo(bucket, book.id, stored)
          assert.deepStrictEqual(yield* views.get(shelf, { book }), row)
        })
      )

      it.effect("is never folded upon", () =>
        Effect.gen(function* () {
          const bucket = yield* rows
          const { execute } = yield* Commands
          const views = yield* Views
          const next = Effect.fnUntraced(function* (book: Book) {
            yield* execute(ReturnBook, { book, reader: ann }, { actor: "Member" })
            const { seq } = yield* execute(BorrowBook, { book, reader: ann }, { actor: "Member" })
            return yield* views.get(shelf, { book }, seq)
          })
          for (const [what, wrong] of wrongs) {
            const { book, stored } = yield* lent(2)
            yield* overwrite(bucket, book.id, wrong(stored))
            assert.include(yield* next(book), { loans: 3, where: "ann" }, what)
          }
          for (let n = 0; n < 5; n++) {
            const { book } = yield* lent(2)
            yield* bucket.remove(book.id)
            assert.include(yield* next(book), { loans: 3, where: "ann" }, "a row that was removed")
          }
        })
      )

      it.effect("is removed: a row that no event made, and it may be made later", () =>
        Effect.gen(function* () {
          const bucket = yield* rows
          const { execute } = yield* Commands
          const views = yield* Views
          const { stored } = yield* lent(1)
          const book = freshBook()
          yield* bucket.put(book.id, stored, 0)
          yield* comesTo(bucket, book.id, undefined)
          assert.strictEqual((yield* views.get(shelf, { book })).loans, 0)
          yield* execute(AcquireBook, { book, title: "" }, { actor: "Librarian" })
          const { seq } = yield* execute(BorrowBook, { book, reader: ann }, { actor: "Member" })
          assert.strictEqual((yield* views.get(shelf, { book }, seq)).loans, 1)
        })
      )

      it.effect("breaks no list", () =>
        Effect.gen(function* () {
          const bucket = yield* rows
          const list = yield* rowsNow(shelf)
          const { book, row, stored } = yield* lent(1)
          yield* overwrite(bucket, book.id, "{")
          const found = yield* list({ choices: {}, limit: 5_000 })
          assert.deepInclude(found.rows, row)
          yield* comesTo(bucket, book.id, stored)
        })
      )

      it.effect("is built again: the rows behind a checkpoint that is none, or not so", () =>
        Effect.gen(function* () {
          const bucket = yield* rows
          const views = yield* Views
          const { book, row } = yield* lent(2)
          const known = Option.getOrThrow(yield* bucket.get(progressKey)).value
          for (const wrong of absurd(known)) {
            const before = checkpointIn(Option.getOrThrow(yield* bucket.get(progressKey)).value)!
            yield* overwrite(bucket, progressKey, wrong)
            const checkpoint = yield* bucket.get(progressKey).pipe(
              Effect.map((entry) => Option.getOrUndefined(Option.map(entry, ({ value }) => checkpointIn(value)))),
              Effect.repeat({
                until: (now) => now?.fingerprint !== undefined && now.position >= before.position && now.position < 1e6,
                ...soon
              })
            )
            assert.strictEqual(checkpoint!.fingerprint, before.fingerprint, wrong)
            assert.deepStrictEqual(
              yield* Effect.retry(views.get(shelf, { book }), { schedule: soon.schedule }),
              row,
              wrong
            )
          }
          yield* lent(1)
        })
      )

      it.effect("is built again without a new event: a bucket that was purged", () =>
        Effect.gen(function* () {
          const bucket = yield* rows
          const { book, row, stored } = yield* lent(3)
          yield* bucket.clear
          yield* comesTo(bucket, book.id, stored)
          const views = yield* Views
          assert.deepStrictEqual(yield* Effect.retry(views.get(shelf, { book }), soon), row)
        })
      )

      it.effect("is built again: a view whose checkpoint was removed", () =>
        Effect.gen(function* () {
          const bucket = yield* rows
          const { book, stored } = yield* lent(1)
          const before = Option.getOrThrow(yield* bucket.get(progressKey)).revision
          yield* bucket.remove(progressKey)
          yield* bucket
            .get(progressKey)
            .pipe(Effect.repeat({ until: (now) => Option.exists(now, (n) => n.revision > before), ...soon }))
          yield* comesTo(bucket, book.id, stored)
        })
      )

      it.effect("is put back: the checkpoint of an automation", () =>
        Effect.gen(function* () {
          const bucket = yield* bucketNamed(checkpointsBucket)
          const { execute } = yield* Commands
          const { name } = followers(library).automations[0]!.subscription
          const { book } = yield* lent(1)
          yield* execute(ReturnBook, { book, reader: ann }, { actor: "Member" })
          const { position } = yield* bucket.get(name).pipe(
            Effect.map((entry) => (Option.isSome(entry) ? checkpointIn(entry.value.value) : undefined)),
            Effect.repeat({ until: (now) => now !== undefined, ...soon }),
            Effect.map((now) => now!)
          )
          const isBack = bucket.get(name).pipe(
            Effect.map((entry) => (Option.isSome(entry) ? checkpointIn(entry.value.value) : undefined)),
            Effect.repeat({ until: (now) => now !== undefined && now.position >= position, ...soon })
          )
          yield* overwrite(bucket, name, "garbage")
          yield* isBack
          yield* bucket.remove(name)
          yield* isBack
          yield* bucket.clear
          yield* isBack
        })
      )

      it.effect("is put back: what is parked", () =>
        Effect.gen(function* () {
          const bucket = yield* bucketNamed(parkedBucket)
          const parking = yield* Parking
          const place = Boundary.spell(Boundary.place(AcquireBook.guards, { book: freshBook() }))
          const log = yield* EventLog
          const position = yield* log.newest()
          const stuck = { place, position, type: "BookBorrowed", reason: "too heavy", attempts: 1, behind: false }
          yield* parking.park([{ by: ofView(shelf).name, ...stuck }])
          const [parked] = yield* parking.all
          const stored = Option.getOrThrow(yield* bucket.get(parked!.id)).value
          yield* overwrite(bucket, parked!.id, "garbage")
          yield* comesTo(bucket, parked!.id, stored)
          yield* bucket.clear
          yield* comesTo(bucket, parked!.id, stored)
          assert.deepStrictEqual(yield* parking.all, [parked!])
          yield* parking.forget(ofView(shelf).name)
          assert.deepStrictEqual(yield* parking.all, [])
        })
      )

      it.effect("has nothing in common with what the view writes: each key is written once for an event", () =>
        Effect.gen(function* () {
          const { book } = yield* lent(1)
          const bucket = yield* rows
          const revision = Option.getOrThrow(yield* bucket.get(Key.path(Key.tokens(shelf.key, { book })))).revision
          yield* Effect.sleep("300 millis")
          assert.strictEqual(Option.getOrThrow(yield* bucket.get(book.id)).revision, revision)
        })
      )
    }
  )
