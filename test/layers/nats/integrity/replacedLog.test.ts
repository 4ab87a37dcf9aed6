import { assert, describe, it } from "@effect/vitest"
import { jetstreamManager } from "@nats-io/jetstream"
import { Context, Effect, Layer, Schedule } from "effect"
import { bucketOf, checkpointsBucket, totalsBucket } from "#layers/buckets/bucketNames.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { LogTail } from "#layers/monitoring/tail/LogTail.ts"
import * as Nats from "#layers/nats/connection/Nats.ts"
import { Requests } from "#layers/nats/connection/Requests.ts"
import * as NatsServices from "#layers/nats/natsServices.ts"
import { logIdentityKey } from "#layers/nats/provision/provision.ts"
import { accept } from "#layers/nats/repair/repairLog.ts"
import { LogDamaged } from "#layers/services/Integrity.ts"
import { ann, BorrowBook, ReturnBook, shelf } from "#test/boards/libraryBoard.ts"
import { acquireBooks, largeLibrary, serverOn, startLibrary } from "#test/support/damagedLog.ts"
import { managerAt, messagesOf, waitUntilSettled } from "#test/support/streamDump.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

const book = { id: "b1" }
const by = { actor: "Member" }

/** Runs the library on a server: ten books, one of them lent and returned, and one dead letter. */
const runLibrary = Effect.fnUntraced(function* (url: string) {
  const { commands, context, log } = yield* startLibrary(url)
  yield* acquireBooks(log, { to: 10 })
  yield* commands.execute(BorrowBook, { book, reader: ann }, by)
  yield* commands.execute(ReturnBook, { book, reader: ann }, by)
  yield* Context.get(context, DeadLetters).add([
    {
      by: "view-shelf-v1",
      place: "book/b9",
      position: 9,
      type: "BookAcquired",
      reason: "a test",
      attempts: 6,
      behind: false
    }
  ])
  yield* Context.get(context, LogTail).counts
  yield* waitUntilSettled(yield* managerAt(url), largeLibrary)
  return yield* log.lastPosition()
}, Effect.scoped)

const startServices = (url: string) =>
  Effect.scoped(Layer.build(NatsServices.layer(largeLibrary, { servers: url, replicas: 1 })))

/** Asserts that everything derived is rebuilt from a log with books 1 to 5 only. */
const assertRebuilt = Effect.fnUntraced(function* (url: string, from: Readonly<Record<string, number>>) {
  const manager = yield* managerAt(url)
  const { commands, context, log, views } = yield* startLibrary(url)
  yield* acquireBooks(log, { to: 5 })
  yield* waitUntilSettled(manager, largeLibrary)
  const row = (id: string, after: number) => views.get(shelf, { book: { id } }, after)
  assert.strictEqual((yield* row("b7", 5)).where, "nowhere")
  assert.deepStrictEqual([(yield* row("b1", 5)).where, (yield* row("b1", 5)).loans], ["desk", 0])
  assert.deepStrictEqual(yield* Context.get(context, DeadLetters).all, [])
  const { position, byType } = yield* Context.get(context, LogTail).counts
  assert.deepStrictEqual([position, byType.get("BookAcquired")?.count], [5, 5])
  for (const [stream, seq] of Object.entries(from)) {
    // The server checks for a recreated stream every two seconds.
    const newCount = Effect.map(
      Effect.promise(() => messagesOf(manager, stream)),
      (all) => all.filter((message) => message.seq > seq).length
    )
    yield* Effect.repeat(newCount, { until: (count) => count === 5, schedule: Schedule.spaced("50 millis") })
  }
  // The automation processes new events, though its checkpoint was higher in the other log.
  yield* commands.execute(BorrowBook, { book, reader: ann }, by)
  yield* commands.execute(ReturnBook, { book, reader: ann }, by)
  yield* waitUntilSettled(manager, largeLibrary)
  assert.strictEqual(yield* log.lastPosition(), 8)
  assert.strictEqual((yield* row("b1", 8)).where, "b")
}, Effect.scoped)

describe("A log that was replaced by another", () => {
  it.live(
    "is followed from its beginning by views, automations, counts, lanes and audit; dead letters are dropped",
    () =>
      Effect.gen(function* () {
        const { url } = yield* serverOn(yield* temporaryFolder)
        yield* runLibrary(url)
        const manager = yield* managerAt(url)
        const from = yield* Effect.promise(async () => {
          const { config } = await manager.streams.info(largeLibrary.name)
          await manager.streams.delete(largeLibrary.name)
          await manager.streams.add({ ...config, metadata: { [logIdentityKey]: "another" } })
          const seqOf = async (stream: string) => (await manager.streams.info(stream)).state.last_seq
          return { audit: await seqOf("audit"), "library-stock": await seqOf("library-stock") }
        })
        yield* assertRebuilt(url, from)
      }).pipe(Effect.scoped),
    120_000
  )
})

describe("A checkpoint that is ahead of its log", () => {
  const checkpoints = [
    ["the view Shelf", bucketOf(shelf), "_position"],
    ["the automation shelve-books", checkpointsBucket, "automation-shelve-books"],
    ["the counts", totalsBucket, "newest"]
  ] as const

  /** Stores checkpoints after the end of the log, and returns that end. */
  const setAhead = Effect.fnUntraced(function* (url: string, ...all: ReadonlyArray<(typeof checkpoints)[number]>) {
    const newest = yield* runLibrary(url)
    // While no app runs, which would correct them at once.
    const manager = yield* managerAt(url)
    const { config } = yield* Effect.promise(() => manager.streams.info(largeLibrary.name))
    const value = JSON.stringify({ position: newest + 7, log: config.metadata![logIdentityKey], tallies: {} })
    for (const [, bucket, key] of all) {
      yield* Effect.promise(() => manager.jetstream().publish(`$KV.${bucket}.${key}`, value))
    }
    return newest
  }, Effect.scoped)

  const assertComplete = Effect.fnUntraced(function* (url: string, newest: number) {
    const { log, views } = yield* startLibrary(url)
    assert.strictEqual(yield* log.lastPosition(), newest)
    const row = yield* views.get(shelf, { book }, newest)
    assert.deepStrictEqual([row.where, row.loans], ["b", 1])
  }, Effect.scoped)

  it.live.each(checkpoints)(
    "is ignored if nothing confirms it, and its owner is rebuilt: %s",
    (checkpoint) =>
      Effect.gen(function* () {
        const { url } = yield* serverOn(yield* temporaryFolder)
        yield* assertComplete(url, yield* setAhead(url, checkpoint))
      }).pipe(Effect.scoped),
    60_000
  )

  it.live(
    "prevents a start together with a second one, until an operator accepts the log",
    () =>
      Effect.gen(function* () {
        const { url } = yield* serverOn(yield* temporaryFolder)
        const newest = yield* setAhead(url, ...checkpoints)
        const error = yield* Effect.flip(startServices(url))
        assert.instanceOf(error, LogDamaged)
        assert.include(error.message, `it ends at position ${newest}, and later events are known to: `)
        for (const [name] of checkpoints) assert.include(error.message, `${name} (${newest + 7})`)

        const tools = Effect.gen(function* () {
          const nats = yield* Nats.Nats
          const manager = yield* Effect.promise(() => jetstreamManager(nats))
          return { nats, manager, requests: yield* Requests, board: largeLibrary, report: () => Effect.void }
        })
        yield* Effect.flatMap(tools, (all) => accept(all, 1)).pipe(
          Effect.provide(Requests.layer.pipe(Layer.provideMerge(Nats.layer(url))))
        )
        yield* assertComplete(url, newest)
      }).pipe(Effect.scoped),
    60_000
  )
})
