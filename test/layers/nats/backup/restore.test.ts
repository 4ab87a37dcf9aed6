import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import type { JetStreamManager } from "@nats-io/jetstream"
import { Arbitrary, Context, Effect, Fiber, Layer, Schema } from "effect"
import { Board, Projection } from "#domain/model/index.ts"
import { bucketOf } from "#layers/buckets/bucketNames.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { backup } from "#layers/nats/backup/createBackup.ts"
import { restore } from "#layers/nats/backup/restoreBackup.ts"
import * as Nats from "#layers/nats/connection/Nats.ts"
import * as NatsServices from "#layers/nats/natsServices.ts"
import * as Runtime from "#layers/runBoard.ts"
import { EventLog, emptyStream } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { Views } from "#layers/views/Views.ts"
import {
  AcquireBook,
  ann,
  BookAcquired,
  BookShelved,
  BorrowBook,
  library,
  ReturnBook,
  shelf,
  ShelveBook
} from "#test/boards/libraryBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import { testCluster } from "#test/support/cluster.ts"
import { freshBook, testMetadata, streamIdOf } from "#test/support/libraryFixtures.ts"
import { dumpStreams, type StoredMessage, managerAt, waitUntilSettled } from "#test/support/streamDump.ts"
import { temporaryFolder, testServer } from "#test/support/testServer.ts"

const quiet = () => Effect.void

/** A short duplicate window: a longer one would hide messages that are copied twice. */
const board: Board.Any = {
  ...library,
  lanes: library.lanes.map((lane) => ({ ...lane, retention: { ...lane.retention, duplicateWindow: "100 millis" } })),
  audit: { ...library.audit, duplicateWindow: "100 millis" }
}

const backUp = Effect.fnUntraced(function* (url: string, file: string) {
  return yield* backup(board, file, quiet).pipe(Effect.provide(Nats.layer(url)))
})

const restoreTo = (url: string, file: string, replicas = 1, of = board) =>
  restore(of, file, replicas, quiet).pipe(Effect.provide(Nats.layer(url)))

/** Runs the library on a server. */
const runLibrary = Effect.fnUntraced(function* (servers: string, replicas = 1) {
  const services = NatsServices.layer(board, { servers, replicas })
  const context = yield* Layer.build(
    Layer.fresh(Runtime.layer(board).pipe(Layer.provideMerge(services), Layer.provide(Ids.layer)))
  )
  return {
    log: Context.get(context, EventLog),
    commands: Context.get(context, Commands),
    views: Context.get(context, Views)
  }
})

const books = ["a", "b", "c"].map((id) => ({ id }))
const Step = Schema.Struct({
  command: Schema.Literals(["AcquireBook", "BorrowBook", "BorrowBook", "ReturnBook", "ReturnBook", "ShelveBook"]),
  book: Schema.Literals([0, 1, 2]),
  title: Schema.String
})
const anySteps = Arbitrary.array(Arbitrary.schema(Step), { minLength: 1, maxLength: 40 })
const someSteps: ReadonlyArray<typeof Step.Type> = [
  { command: "AcquireBook", book: 0, title: "Moby-Dick" },
  { command: "BorrowBook", book: 0, title: "" },
  { command: "BorrowBook", book: 1, title: "" },
  { command: "ReturnBook", book: 0, title: "" },
  { command: "AcquireBook", book: 1, title: "“Ahab” %20" }
]
const commands = { AcquireBook, BorrowBook, ReturnBook, ShelveBook }

/** Runs commands one after the other. Returns those that appended events; a rejected command is not deduplicated. */
const runSteps = Effect.fnUntraced(function* (
  { execute }: Commands["Service"],
  steps: ReadonlyArray<typeof Step.Type & { readonly id?: string }>,
  round: string
) {
  const done: Array<typeof Step.Type & { readonly id: string }> = []
  for (const [n, step] of steps.entries()) {
    const { book: index, command, id = `${round}-${n}`, title } = step
    const book = books[index]!
    const input = { book, title, reader: ann }
    const options = { actor: "Librarian", commandId: id }
    const fields = Object.keys(commands[command].input.fields)
    const receipt = yield* execute(
      commands[command] as typeof AcquireBook,
      Object.fromEntries(Object.entries(input).filter(([name]) => fields.includes(name))) as never,
      options
    ).pipe(Effect.catchTag("Refused", () => Effect.undefined))
    if (receipt && receipt.facts.length > 0) done.push({ ...step, id })
  }
  return done
})

const ackFloors = (manager: JetStreamManager) =>
  Effect.promise(async () => {
    const consumers = await manager.consumers.list(library.name).next()
    return Object.fromEntries(consumers.map(({ ack_floor, name }) => [name, ack_floor.stream_seq]))
  })

/**
 * Asserts that every row is the fold of its events, and that the lanes and the audit have each event of the log once.
 */
const assertConsistent = Effect.fnUntraced(function* (
  manager: JetStreamManager,
  { log, views }: Effect.Success<ReturnType<typeof runLibrary>>,
  of: ReadonlyArray<{ readonly id: string }> = books
) {
  yield* waitUntilSettled(manager, board)
  const newest = yield* log.lastPosition()
  for (const book of of) {
    const { events } = yield* log.read(streamIdOf(book))
    const { loans, where } = yield* views.get(shelf, { book }, newest)
    const state = Projection.fold(
      shelf.shows,
      events.map(({ event }) => event)
    )
    assert.deepStrictEqual({ loans, where }, state)
  }
  const dump = yield* dumpStreams(manager, board)
  const idsOf = (name: string, of = (_: string) => true) =>
    dump[name]!.filter(({ subject }) => of(subject)).flatMap(({ headers }) =>
      headers.filter(([header]) => header === "ce-id").map(([, [id]]) => id!)
    )
  const ids = idsOf("library")
  assert.deepStrictEqual(
    idsOf("audit", (subject) => subject.startsWith("audit.accepted.")),
    ids
  )
  assert.deepStrictEqual([...idsOf("library-stock"), ...idsOf("library-lending")].sort(), ids.toSorted())
})

/** The sequence numbers of each atomic batch in a log, and whether it is committed. */
const batchesOf = (log: ReadonlyArray<StoredMessage>) => {
  const header = ({ headers }: StoredMessage, name: string) => headers.find(([key]) => key === name)?.[1][0]
  const batched = log.filter((message) => header(message, "Nats-Batch-Id"))
  return Array.from(
    Map.groupBy(batched, (message) => header(message, "Nats-Batch-Id")),
    ([, messages]) => ({
      numbers: messages.map((message) => Number(header(message, "Nats-Batch-Sequence"))),
      closed: header(messages.at(-1)!, "Nats-Batch-Commit") === "1"
    })
  )
}

describe("A restored backup", () => {
  it.live.prop(
    "has every message at its sequence in every stream and bucket, and the library continues",
    [anySteps, anySteps],
    ([before, after]) =>
      Effect.gen(function* () {
        const first = yield* testServer({ syncInterval: "2m" })
        const jsm = yield* managerAt(first.url)
        const file = join(yield* temporaryFolder, "backup")
        const done = yield* Effect.gen(function* () {
          const { commands } = yield* runLibrary(first.url)
          const done = yield* runSteps(commands, before, "before")
          yield* waitUntilSettled(jsm, board)
          return done
        }).pipe(Effect.scoped)
        yield* backUp(first.url, file)
        const dump = yield* dumpStreams(jsm, board)
        const acknowledged = yield* ackFloors(jsm)

        const second = yield* testServer({ syncInterval: "2m" })
        yield* restoreTo(second.url, file)
        const manager = yield* managerAt(second.url)
        assert.deepStrictEqual(yield* dumpStreams(manager, board), dump)
        assert.deepStrictEqual(yield* ackFloors(manager), acknowledged)

        const restarted = yield* runLibrary(second.url)
        const newest = yield* restarted.log.lastPosition()
        assert.strictEqual(newest, dump["library"]!.length)
        yield* assertConsistent(manager, restarted)
        yield* runSteps(restarted.commands, done, "before")
        assert.strictEqual(yield* restarted.log.lastPosition(), newest, "a command is not executed twice")
        yield* runSteps(restarted.commands, after, "after")
        yield* assertConsistent(manager, restarted)
      }).pipe(Effect.scoped),
    { arbitrary: { runs: 4, size: 40 }, timeout: 120_000 }
  )

  it.live(
    "is consistent although the library was running: nothing in it is ahead of its log, and no command is in it in part",
    () =>
      Effect.gen(function* () {
        const first = yield* testServer({ syncInterval: "2m" })
        const folder = yield* temporaryFolder
        const files = [1, 2, 3, 4].map((n) => join(folder, String(n)))
        yield* Effect.gen(function* () {
          const { commands, log } = yield* runLibrary(first.url)
          const busy = yield* Effect.gen(function* () {
            const book = freshBook()
            const both = [new BookAcquired({ book, title: "" }), new BookShelved({ book, shelf: "s" })]
            yield* appendTo(log, streamIdOf(book), emptyStream, both, testMetadata(`a-${book.id}`))
            yield* commands.execute(BorrowBook, { book, reader: ann }, { actor: "Member" })
            yield* commands.execute(ReturnBook, { book, reader: ann }, { actor: "Member" })
          }).pipe(
            Effect.forever,
            (one) => Effect.replicateEffect(one, 8, { concurrency: "unbounded", discard: true }),
            Effect.forkScoped
          )
          for (const file of files) {
            const before = yield* log.lastPosition()
            yield* backUp(first.url, file)
            assert.isAbove(yield* log.lastPosition(), before, "there were no concurrent writes")
          }
          yield* Fiber.interrupt(busy)
        }).pipe(Effect.scoped)

        for (const file of files) {
          yield* Effect.gen(function* () {
            const second = yield* testServer({ syncInterval: "2m" })
            yield* restoreTo(second.url, file)
            const manager = yield* managerAt(second.url)
            const dump = yield* dumpStreams(manager, board)
            const newest = dump["library"]!.length
            for (const { closed, numbers } of batchesOf(dump["library"]!)) {
              assert.isTrue(closed)
              assert.deepStrictEqual(
                numbers,
                numbers.map((_, n) => n + 1)
              )
            }
            for (const floor of Object.values(yield* ackFloors(manager))) assert.isAtMost(floor, newest)
            for (const { data } of dump["KV_shelf-v1"]!) {
              const value: unknown = JSON.parse(Buffer.from(data, "base64").toString())
              const position = typeof value === "number" ? value : (value as { position: number }).position
              assert.isAtMost(position, newest)
            }
            const restarted = yield* runLibrary(second.url)
            const bookIds = new Set(dump["library"]!.map(({ subject }) => subject.split(".")[3]!))
            const all = Array.from(bookIds, (id) => ({ id }))
            yield* assertConsistent(manager, restarted, all)
            for (const book of all) {
              const { events } = yield* restarted.log.read(streamIdOf(book))
              assert.notStrictEqual(events.at(-1)!.event._tag, "BookReturned", "a returned book was not shelved")
            }
          }).pipe(Effect.scoped)
        }
      }).pipe(Effect.scoped),
    // A faster machine writes more, so there is more to restore.
    120_000
  )

  it.live("has all rows of a view or none: rows that change all the time are rebuilt", () =>
    Effect.gen(function* () {
      const first = yield* testServer({ syncInterval: "2m" })
      const file = join(yield* temporaryFolder, "backup")
      yield* Effect.gen(function* () {
        const services = yield* Layer.build(NatsServices.layer(board, { servers: first.url, replicas: 1 }))
        const { commands } = yield* runLibrary(first.url)
        yield* runSteps(commands, someSteps, "one")
        yield* waitUntilSettled(yield* managerAt(first.url), board)
        const rows = Context.get(services, KeyValue).bucket(bucketOf(shelf))
        let revision = 0
        // The view removes rows that it did not write; the writer continues.
        const write = Effect.suspend(() => rows.put("restless", "{}", revision)).pipe(
          Effect.catchTag("RevisionChanged", () => Effect.succeed(0))
        )
        const writing = yield* write.pipe(
          Effect.tap((next) => Effect.sync(() => (revision = next))),
          Effect.forever,
          Effect.forkScoped
        )
        assert.deepStrictEqual(yield* backUp(first.url, file), ["KV_shelf-v1"])
        yield* Fiber.interrupt(writing)
      }).pipe(Effect.scoped)
      const second = yield* testServer({ syncInterval: "2m" })
      yield* restoreTo(second.url, file)
      const manager = yield* managerAt(second.url)
      assert.deepStrictEqual((yield* dumpStreams(manager, board))["KV_shelf-v1"], [])
      yield* assertConsistent(manager, yield* runLibrary(second.url))
    }).pipe(Effect.scoped)
  )

  it.live(
    "has three replicas on three nodes, wherever it was made",
    () =>
      Effect.gen(function* () {
        const first = yield* testServer({ syncInterval: "2m" })
        const jsm = yield* managerAt(first.url)
        const file = join(yield* temporaryFolder, "backup")
        yield* Effect.gen(function* () {
          const { commands } = yield* runLibrary(first.url)
          yield* runSteps(commands, someSteps, "one")
          yield* waitUntilSettled(jsm, board)
        }).pipe(Effect.scoped)
        yield* backUp(first.url, file)
        const { urls } = yield* testCluster()
        yield* restoreTo(urls, file, 3)
        const manager = yield* managerAt(urls)
        assert.deepStrictEqual(yield* dumpStreams(manager, board), yield* dumpStreams(jsm, board))
        const streams = yield* Effect.promise(() => manager.streams.list().next())
        const consumers = yield* Effect.promise(() => manager.consumers.list("library").next())
        for (const { config } of [...streams, ...consumers]) assert.strictEqual(config.num_replicas, 3)
        const restarted = yield* runLibrary(urls, 3)
        yield* runSteps(restarted.commands, someSteps, "two")
        yield* assertConsistent(manager, restarted)
      }).pipe(Effect.scoped),
    60_000
  )
})

describe("A backup or a restore fails", () => {
  const filled = Effect.gen(function* () {
    const server = yield* testServer({ syncInterval: "2m" })
    const file = join(yield* temporaryFolder, "backup")
    const manager = yield* managerAt(server.url)
    yield* Effect.gen(function* () {
      const { commands } = yield* runLibrary(server.url)
      yield* runSteps(commands, someSteps, "life")
      yield* waitUntilSettled(manager, board)
    }).pipe(Effect.scoped)
    yield* backUp(server.url, file)
    return { ...server, file, manager }
  })
  const namesOf = (manager: JetStreamManager) =>
    Effect.promise(async () => (await manager.streams.list().next()).map(({ config }) => config.name))

  it.live("if the streams hold messages, which stay as they are; not if the streams are empty", () =>
    Effect.gen(function* () {
      const { file, manager, url } = yield* filled
      const before = yield* dumpStreams(manager, board)
      const error = yield* Effect.flip(restoreTo(url, file))
      assert.strictEqual(error._tag, "StreamsExist")
      assert.include(error.message, `library: ${before["library"]!.length}`)
      assert.include(error.message, "nats stream rm library-stock")
      assert.deepStrictEqual(yield* dumpStreams(manager, board), before)

      const second = yield* testServer({ syncInterval: "2m" })
      yield* Effect.scoped(Layer.build(NatsServices.layer(board, { servers: second.url, replicas: 1 })))
      yield* restoreTo(second.url, file)
      assert.deepStrictEqual(yield* dumpStreams(yield* managerAt(second.url), board), before)
    }).pipe(Effect.scoped)
  )

  it.live("if the file is of another board or damaged, and changes nothing", () =>
    Effect.gen(function* () {
      const { file } = yield* filled
      const { url } = yield* testServer({ syncInterval: "2m" })
      const other = yield* Effect.flip(restoreTo(url, file, 1, { ...board, name: "museum" }))
      assert.include(other.message, "it is of the board library, and this is museum")
      const bytes = readFileSync(file)
      writeFileSync(file, bytes.subarray(0, bytes.length - 1))
      const damaged = yield* Effect.flip(restoreTo(url, file))
      assert.strictEqual(damaged._tag, "BackupDamaged")
      assert.deepStrictEqual(yield* namesOf(yield* managerAt(url)), [])
    }).pipe(Effect.scoped)
  )

  it.live("if the server rejects a part of it, and leaves nothing behind", () =>
    Effect.gen(function* () {
      const { file } = yield* filled
      const { url } = yield* testServer({ syncInterval: "2m" })
      const manager = yield* managerAt(url)
      yield* Effect.promise(() => manager.streams.add({ name: "another", subjects: ["$KV.shelf-v1.>"] }))
      const error = yield* Effect.flip(restoreTo(url, file))
      assert.strictEqual(error._tag, "RestoreFailed")
      assert.include(error.message, "subjects overlap with an existing stream")
      assert.sameMembers(yield* namesOf(manager), ["another"])
    }).pipe(Effect.scoped)
  )

  it.live("if there is nothing to back up, and leaves no file", () =>
    Effect.gen(function* () {
      const { url } = yield* testServer({ syncInterval: "2m" })
      const folder = yield* temporaryFolder
      const error = yield* Effect.flip(backUp(url, join(folder, "backup")))
      assert.include(error.message, "stream not found")
      assert.deepStrictEqual(readdirSync(folder), [])
    }).pipe(Effect.scoped)
  )
})
