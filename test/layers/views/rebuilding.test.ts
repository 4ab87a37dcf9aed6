import { assert, it } from "@effect/vitest"
import { Context, Effect, Layer, Option, Schedule, Schema } from "effect"
import { Board, Projection, Slice } from "#domain/model/index.ts"
import { bucketOf, progressKey } from "#layers/buckets/bucketNames.ts"
import { fingerprintOf } from "#layers/codec/codeFingerprint.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import { parseCheckpoint, encodeCheckpoint } from "#layers/processors/checkpointStore.ts"
import { EventLog, emptyStream } from "#layers/services/EventLog.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { Subscriptions } from "#layers/services/Subscriptions.ts"
import { ViewHealth } from "#layers/views/ViewHealth.ts"
import * as Views from "#layers/views/Views.ts"
import { BookAcquired, BookBorrowed, ann, library, Shelf, shelf } from "#test/boards/libraryBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import { freshBook, testMetadata, streamIdOf } from "#test/support/libraryFixtures.ts"

/** The library with another shelf of the same version. */
const libraryWith = (shows: Projection.Any) => {
  const view = Slice.view({ ...shelf, shows } as never) as unknown as typeof shelf
  return {
    board: Board.make({ ...library, slices: library.slices.map((s) => (s === shelf ? view : s)) } as never),
    view
  }
}

const counting = libraryWith(
  Projection.make({
    ...Shelf,
    evolve: { ...Shelf.evolve, BookBorrowed: ({ loans }, { reader }) => ({ where: reader.id, loans: loans + 100 }) }
  })
)

const lendBook = Effect.gen(function* () {
  const log = yield* EventLog
  const book = freshBook()
  const events = [new BookAcquired({ book, title: "" }), new BookBorrowed({ book, reader: ann })]
  yield* appendTo(log, streamIdOf(book), emptyStream, events, testMetadata(`c-${book.id}`))
  return { book, end: yield* log.lastPosition() }
})

/** The views of one instance of the app. */
const instance = (board: Board.Any) =>
  Layer.build(Layer.fresh(Views.layer(board).pipe(Layer.provideMerge(DeadLetters.layer))))

const until = <A>(effect: Effect.Effect<A>, is: (a: A) => boolean) =>
  Effect.repeat(effect, { until: is, schedule: Schedule.spaced("10 millis") })

const statusIn = (context: Context.Context<ViewHealth>) =>
  Effect.map(Context.get(context, ViewHealth).states, (states) => states.get("Shelf")!.status)

const test = (title: string, effect: Effect.Effect<void, unknown, any>) =>
  it.live(
    title,
    () => Effect.provide(Effect.scoped(effect), Memory.layer(library)) as Effect.Effect<void, unknown>,
    20_000
  )

test(
  "a view whose code changed without a new version is rebuilt",
  Effect.gen(function* () {
    const { book, end } = yield* lendBook
    const loans = (context: Context.Context<Views.Views>, view: typeof shelf) =>
      Effect.map(Context.get(context, Views.Views).get(view, { book }, end), ({ loans }) => loans)
    assert.strictEqual(yield* Effect.scoped(Effect.flatMap(instance(library), (one) => loans(one, shelf))), 1)
    assert.strictEqual(
      yield* Effect.scoped(Effect.flatMap(instance(counting.board), (one) => loans(one, counting.view))),
      100
    )
    assert.strictEqual(yield* Effect.scoped(Effect.flatMap(instance(library), (one) => loans(one, shelf))), 1)
  })
)

test(
  "an instance stands by while another has rebuilt the rows with other code, and resumes when that is undone",
  Effect.gen(function* () {
    const bucket = (yield* KeyValue).bucket(bucketOf(shelf))
    const { book } = yield* lendBook
    const old = yield* instance(library)
    yield* until(statusIn(old), (status) => status === "current")
    const next = yield* instance(counting.board)
    yield* until(statusIn(next), (status) => status === "current")
    yield* until(statusIn(old), (status) => status === "standing by")
    const error = yield* Effect.flip(Context.get(old, Views.Views).get(shelf, { book }))
    assert.deepInclude(error, { _tag: "ViewRebuilding", isStandingBy: true })
    const generation = Effect.map(
      bucket.get(progressKey),
      (entry) => parseCheckpoint(Option.getOrThrow(entry).value)!.rows
    )
    const before = yield* generation
    const { book: another, end } = yield* lendBook
    yield* Effect.sleep("2500 millis")
    assert.strictEqual(yield* generation, before)
    assert.strictEqual((yield* Context.get(next, Views.Views).get(counting.view, { book: another }, end)).loans, 100)
    assert.strictEqual(yield* statusIn(next), "current")
    // The instance that starts last wins, and an instance with the same code resumes.
    const back = yield* instance(library)
    yield* until(statusIn(back), (status) => status === "current")
    yield* until(statusIn(next), (status) => status === "standing by")
    yield* until(statusIn(old), (status) => status === "current")
    assert.strictEqual((yield* Context.get(old, Views.Views).get(shelf, { book: another }, end)).loans, 1)
  })
)

test(
  "rows from before fingerprints existed are kept, and later events are folded into them",
  Effect.gen(function* () {
    const log = yield* EventLog
    const bucket = (yield* KeyValue).bucket(bucketOf(shelf))
    const { book, end } = yield* lendBook
    const stored = JSON.stringify({ book, where: "ann", loans: 41, position: end })
    yield* bucket.put(book.id, stored, 0)
    yield* bucket.put(progressKey, encodeCheckpoint({ position: end, log: yield* log.identity, rows: "old" }), 0)
    const one = yield* instance(library)
    assert.strictEqual((yield* Context.get(one, Views.Views).get(shelf, { book }, end)).loans, 41)
    const history = yield* log.read(streamIdOf(book))
    yield* appendTo(
      log,
      streamIdOf(book),
      history,
      [new BookBorrowed({ book, reader: ann })],
      testMetadata(`d-${book.id}`)
    )
    assert.strictEqual((yield* Context.get(one, Views.Views).get(shelf, { book }, end + 1)).loans, 42)
    const checkpoint = parseCheckpoint(Option.getOrThrow(yield* bucket.get(progressKey)).value)!
    assert.deepInclude(checkpoint, { rows: "old", fingerprint: fingerprintOf(library, shelf) })
  })
)

test(
  "a view that has not reached the end that the log had at the start fails with ViewRebuilding, and shows no row",
  Effect.gen(function* () {
    const { book, end } = yield* lendBook
    const stopped = Layer.effect(
      Subscriptions,
      Effect.map(Subscriptions, (consumers) => ({ ...consumers, run: () => Effect.never }))
    )
    const one = yield* Layer.build(
      Layer.fresh(Views.layer(library).pipe(Layer.provide(stopped), Layer.provideMerge(DeadLetters.layer)))
    )
    const views = Context.get(one, Views.Views)
    const error = yield* Effect.flip(views.get(shelf, { book }))
    assert.deepInclude(error, { _tag: "ViewRebuilding", view: "Shelf", position: 0, target: end })
    assert.strictEqual((yield* Effect.flip(views.waitForPosition(shelf, 0)))._tag, "ViewRebuilding")
    assert.deepStrictEqual((yield* Context.get(one, ViewHealth).states).get("Shelf"), {
      status: "rebuilding",
      position: 0,
      target: end
    })
    const two = yield* instance(library)
    yield* until(statusIn(two), (status) => status === "current")
    assert.strictEqual((yield* views.get(shelf, { book })).loans, 1)
    // Later events are an ordinary lag.
    yield* lendBook
    assert.strictEqual(yield* statusIn(one), "current")
  })
)

const fingerprints = Effect.sync(() => {
  const of = (changes: object) => fingerprintOf(library, libraryWith({ ...Shelf, ...changes } as never).view)
  const same = of({})
  assert.strictEqual(fingerprintOf(library, shelf), same)
  const { BookAcquired: _, ...fewer } = Shelf.evolve
  const changed = [
    of({ initial: { where: "nowhere", loans: 1 } }),
    of({ state: Schema.Struct({ where: Schema.String, loans: Schema.Number }) }),
    of({ reads: Shelf.reads.slice(1), evolve: fewer }),
    of({ reads: [BookAcquired.annotate({ version: 2 }), ...Shelf.reads.slice(1)] }),
    of({ evolve: { ...Shelf.evolve, BookAcquired: (row: object) => ({ ...row, where: "cellar" }) } })
  ]
  assert.notInclude(changed, same)
  assert.strictEqual(new Set(changed).size, changed.length)
})

it.effect(
  "a fingerprint differs with the state, the events, their versions, the initial state and the code",
  () => fingerprints
)
