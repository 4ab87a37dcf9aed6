import { readFileSync, writeFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Exit, Fiber, Schedule, Scope } from "effect"
import * as Nats from "#layers/nats/connection/Nats.ts"
import * as IntegrityNats from "#layers/nats/integrity/IntegrityNats.ts"
import { checkAtStart } from "#layers/nats/integrity/startCheck.ts"
import { emptyStream } from "#layers/services/EventLog.ts"
import { Health } from "#layers/services/Health.ts"
import { Integrity, LogDamaged } from "#layers/services/Integrity.ts"
import { AcquireBook, ann, BookAcquired, BorrowBook } from "#test/boards/libraryBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import {
  acquireBooks,
  copyFolder,
  filledFolder,
  largeLibrary,
  serverOn,
  storeOf,
  startLibrary
} from "#test/support/damagedLog.ts"
import { testMetadata, streamIdOf } from "#test/support/libraryFixtures.ts"
import { managerAt, waitUntilSettled } from "#test/support/streamDump.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

const until = <A, E, R>(effect: Effect.Effect<A, E, R>, predicate: (value: A) => boolean) =>
  Effect.repeat(effect, { until: predicate, schedule: Schedule.spaced("20 millis") })

/** A server that can be stopped before the test ends, and started again on the same port. */
const restartable = Effect.fnUntraced(function* (folder: string) {
  const test = yield* Effect.scope
  let scope = yield* Scope.fork(test)
  const { port, url } = yield* Scope.provide(serverOn(folder), scope)
  return {
    url,
    end: Effect.suspend(() => Scope.close(scope, Exit.void)),
    start: Effect.gen(function* () {
      scope = yield* Scope.fork(test)
      yield* Scope.provide(serverOn(folder, port), scope)
    })
  }
})

/** Holds back each stream info request of an app, and so its comparison of the log, until `release`. */
const heldComparison = Effect.fnUntraced(function* (nats: Nats.Nats["Service"]) {
  const released = yield* Deferred.make<void>()
  const request = nats.request.bind(nats)
  nats.request = async (subject, ...rest) => {
    if (subject.startsWith("$JS.API.STREAM.INFO.")) await Effect.runPromise(Deferred.await(released))
    return request(subject, ...rest)
  }
  return { release: Deferred.succeed(released, undefined) }
})

/** Drops the reads of the log by an app until `end`; `requested` completes with the first. */
const lostReads = Effect.fnUntraced(function* (nats: Nats.Nats["Service"]) {
  const requested = yield* Deferred.make<void>()
  const publish = nats.publish.bind(nats)
  nats.publish = (subject, ...rest) => {
    if (!subject.startsWith(`$JS.API.DIRECT.GET.${largeLibrary.name}`)) return publish(subject, ...rest)
    Deferred.doneUnsafe(requested, Exit.void)
  }
  return { requested: Deferred.await(requested), end: Effect.sync(() => void (nats.publish = publish)) }
})

/** An app on a log of 20 events, none of which it has appended itself; `cut` restarts its server without the last. */
const cuttable = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  const server = yield* restartable(folder)
  const { commands, context, log } = yield* startLibrary(server.url)
  yield* acquireBooks(log, { to: 20 })
  yield* waitUntilSettled(yield* managerAt(server.url), largeLibrary)
  const nats = Context.get(context, Nats.Nats)
  const cut = Effect.gen(function* () {
    const before = nats.info!.server_id
    yield* server.end
    const store = storeOf(folder, largeLibrary.name)
    store.withoutIndex()
    store.cut(-1)
    yield* server.start
    yield* until(
      Effect.sync(() => nats.info?.server_id),
      (id) => id !== undefined && id !== before
    )
  })
  return { commands, nats, cut, newest: { book: { id: "b20" }, reader: ann } }
})

const by = { actor: "Librarian" }
const book = { id: "another" }

describe("While an app runs", () => {
  it.live(
    "a server that comes back without the end of its log is sent no command: 503, and readiness has the reason",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const server = yield* restartable(folder)
        const { commands, context, log } = yield* startLibrary(server.url)
        yield* acquireBooks(log, { to: 20 })
        yield* commands.execute(AcquireBook, { book: { id: "b21" }, title: "" }, by)
        const { report } = Context.get(context, Health)
        assert.isTrue((yield* report).ready)
        yield* server.end
        const store = storeOf(folder, largeLibrary.name)
        store.withoutIndex()
        store.cut(-1)
        // Nothing else knows how far the log was: no lane, no view.
        for (const stream of ["audit", "library-stock", "KV_shelf-v1"]) storeOf(folder, stream).forget()
        yield* server.start

        const failed = yield* Effect.flip(commands.execute(AcquireBook, { book, title: "" }, by))
        assert.instanceOf(failed, LogDamaged)
        assert.match(failed.message, /it ends at position \d+, and later events are known to: this process \(21\)/u)
        // A rejection would also be decided on what is missing, and so would a dry run.
        const borrowError = yield* Effect.flip(commands.execute(BorrowBook, { book, reader: ann }, by))
        assert.instanceOf(borrowError, LogDamaged)
        assert.instanceOf(yield* Effect.flip(commands.dryRun(AcquireBook, { book, title: "" }, by)), LogDamaged)
        // A command that was in progress when the connection dropped gets no further.
        const appended = appendTo(
          log,
          streamIdOf(book),
          emptyStream,
          [new BookAcquired({ book, title: "" })],
          testMetadata("late")
        )
        assert.strictEqual((yield* Effect.flip(appended))._tag, "LogUnavailable")
        const { log: logReport, ready } = yield* report
        assert.isFalse(ready)
        assert.include(logReport, "this process (21)")
        assert.isBelow(yield* log.lastPosition(), 21)
      }).pipe(Effect.scoped),
    120_000
  )

  it.live(
    "a command that arrives after the server has lost events of another app is not rejected by the remaining ones",
    () =>
      Effect.gen(function* () {
        const { commands, cut, nats, newest } = yield* cuttable
        const comparison = yield* heldComparison(nats)
        yield* cut
        const failed = yield* Effect.forkScoped(Effect.flip(commands.execute(BorrowBook, newest, by)))
        const dry = yield* Effect.forkScoped(Effect.flip(commands.dryRun(BorrowBook, newest, by)))
        yield* comparison.release
        assert.instanceOf(yield* Fiber.join(failed), LogDamaged)
        assert.instanceOf(yield* Fiber.join(dry), LogDamaged)
      }).pipe(Effect.scoped),
    120_000
  )

  it.live(
    "a command in progress when the connection dropped is not rejected before the log is compared",
    () =>
      Effect.gen(function* () {
        const { commands, cut, nats, newest } = yield* cuttable
        const reads = yield* lostReads(nats)
        const failed = yield* Effect.forkScoped(Effect.flip(commands.execute(BorrowBook, newest, by)))
        yield* reads.requested
        yield* reads.end
        const comparison = yield* heldComparison(nats)
        yield* cut
        assert.strictEqual((yield* Fiber.join(failed))._tag, "LogUnavailable")
        yield* comparison.release
        assert.instanceOf(yield* Effect.flip(commands.execute(BorrowBook, newest, by)), LogDamaged)
      }).pipe(Effect.scoped),
    120_000
  )

  it.live(
    "commands succeed again after an outage of a server that lost nothing",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const server = yield* restartable(folder)
        const { commands, context } = yield* startLibrary(server.url)
        yield* commands.execute(AcquireBook, { book, title: "" }, by)
        yield* server.end
        yield* server.start
        const { seq } = yield* commands.execute(BorrowBook, { book, reader: ann }, by)
        assert.strictEqual(seq, 2)
        assert.isTrue((yield* Context.get(context, Health).report).ready)
      }).pipe(Effect.scoped),
    120_000
  )

  it.live(
    "a log that was replaced by another is sent no command",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const server = yield* restartable(folder)
        const { commands } = yield* startLibrary(server.url)
        yield* commands.execute(AcquireBook, { book, title: "" }, by)
        const manager = yield* managerAt(server.url)
        const { config } = yield* Effect.promise(() => manager.streams.info(largeLibrary.name))
        yield* Effect.promise(async () => {
          await manager.streams.delete(largeLibrary.name)
          await manager.streams.add({ ...config, metadata: {} })
        })
        yield* server.end
        yield* server.start
        const failed = yield* Effect.flip(commands.execute(BorrowBook, { book, reader: ann }, by))
        assert.instanceOf(failed, LogDamaged)
        assert.include(failed.message, "restart the app")
      }).pipe(Effect.scoped),
    120_000
  )

  it.live(
    "a server that comes back and cannot read an event of its log is sent no command",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const server = yield* restartable(folder)
        const { commands, context, log } = yield* startLibrary(server.url)
        yield* acquireBooks(log, { to: 20, size: 100 })
        yield* waitUntilSettled(yield* managerAt(server.url), largeLibrary)
        yield* server.end
        const { block } = storeOf(folder, largeLibrary.name)
        const intact = readFileSync(block(-1))
        storeOf(folder, largeLibrary.name).flipByte(-1)
        yield* server.start
        const failed = yield* Effect.flip(commands.execute(AcquireBook, { book, title: "" }, by))
        assert.instanceOf(failed, LogDamaged)
        assert.match(failed.message, /the server cannot read the event at \d+/u)
        assert.isFalse((yield* Context.get(context, Health).report).ready)

        yield* server.end
        writeFileSync(block(-1), intact)
        yield* server.start
        yield* until(Effect.exit(commands.execute(AcquireBook, { book, title: "" }, by)), Exit.isSuccess)
        assert.isTrue((yield* Context.get(context, Health).report).ready)
      }).pipe(Effect.scoped),
    120_000
  )

  it.live(
    "an old event that has become unreadable is found in the background",
    () =>
      Effect.gen(function* () {
        const newest = 10
        const folder = yield* copyFolder(yield* filledFolder(60, 10))
        storeOf(folder, largeLibrary.name).flipByte(-1)
        const { url } = yield* serverOn(folder)
        yield* Effect.gen(function* () {
          yield* checkAtStart(largeLibrary, 1, newest)
          const { damage, verification } = yield* Integrity
          const found = yield* until(
            Effect.sync(() => damage()),
            (found) => found !== undefined
          )
          assert.match(found!.message, /the server cannot read the event at \d+/u)
          assert.deepStrictEqual(verification(), { verified: 60, of: 60 })
        }).pipe(Effect.provide(IntegrityNats.layer(largeLibrary, newest)), Effect.provide(Nats.layer(url)))
      }).pipe(Effect.scoped),
    120_000
  )
})
