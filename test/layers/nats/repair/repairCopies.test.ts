import { readFileSync, truncateSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream"
import { Effect, Layer } from "effect"
import { Board, Boundary, type Lane } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import * as Nats from "#layers/nats/connection/Nats.ts"
import { Requests } from "#layers/nats/connection/Requests.ts"
import { takeInventory } from "#layers/nats/integrity/inventory.ts"
import { scan } from "#layers/nats/integrity/scanLog.ts"
import { describeInventory, isWhole } from "#layers/nats/repair/describeInventory.ts"
import { NotRebuildable, rebuild } from "#layers/nats/repair/repairLog.ts"
import { academyBoard } from "#test/boards/academyBoard.ts"
import * as academy from "#test/boards/academyCommands.ts"
import { StudentBoundary } from "#test/boards/academyEvents.ts"
import { ledgers, WriteInvoice } from "#test/boards/ledgerBoard.ts"
import { copyFolder, serverOn, startLibrary, storeOf } from "#test/support/damagedLog.ts"
import { managerAt, messagesOf, waitUntilSettled } from "#test/support/streamDump.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

const retention = { maxBytes: "64 MiB", duplicateWindow: "100 millis" } as const
const board: Board.Any = {
  ...academyBoard,
  slices: Board.commandSlices(academyBoard),
  lanes: academyBoard.lanes.map((lane: Lane.Any) => ({ ...lane, retention })),
  log: retention,
  audit: retention
}

const anybody = { actor: "Anybody" }
const students = ["ann", "bob", "cy", "dee"].map((id) => ({ id }))
const [course, product] = [{ id: "logic" }, { id: "book" }]

/** A folder with a log in which copies and checks are everywhere; its last messages are an event and its copy. */
const filledAcademy = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  yield* Effect.gen(function* () {
    const { url } = yield* serverOn(folder)
    const { commands } = yield* startLibrary(url, board)
    yield* commands.execute(academy.OpenCourse, { course, capacity: 100 }, anybody)
    yield* commands.execute(academy.OpenShop, {}, anybody)
    yield* commands.execute(academy.SetPrice, { product, price: 3 }, anybody)
    for (const student of students) {
      yield* commands.execute(academy.RegisterAndSubscribe, { course, student }, anybody)
      yield* commands.execute(academy.PlaceOrder, { order: student, product, price: 3 }, anybody)
      yield* commands.execute(academy.Subscribe, { course, student }, anybody)
    }
    yield* waitUntilSettled(yield* managerAt(url), board)
  }).pipe(Effect.scoped)
  return folder
})

const toolsOf = Effect.fnUntraced(function* (board: Board.Any) {
  const nats = yield* Nats.Nats
  const manager = yield* Effect.promise(() => jetstreamManager(nats))
  return { nats, manager, requests: yield* Requests, board, report: () => Effect.void }
})
const tools = toolsOf(board)
const at = (url: string) => Requests.layer.pipe(Layer.provideMerge(Nats.layer(url)))
const runRebuild = (url: string, of = board) =>
  Effect.flatMap(toolsOf(of), (all) => rebuild(all, 1)).pipe(Effect.provide(at(url)))
const inventoryAt = (url: string) =>
  Effect.flatMap(tools, ({ manager, nats }) => takeInventory(nats, manager, board)).pipe(Effect.provide(at(url)))

/** The messages of the log, without headers that a guard or the server added. */
const logOf = (manager: JetStreamManager, { name } = board) =>
  Effect.promise(async () =>
    (await messagesOf(manager, name)).map(({ data, headers, seq, subject }) => ({
      seq,
      subject,
      data,
      headers: headers
        .filter(([name]) => !name.startsWith("Nats-") || name === "Nats-Msg-Id")
        .map(([name, [value]]) => [name, value])
    }))
  )

type Store = ReturnType<typeof storeOf>

/** Where the `nth` message on such a subject is in the last block. */
const offsetOf = (log: Store, subject: string, nth = 0) => {
  const bytes = readFileSync(log.block(-1))
  let offset = bytes.indexOf(subject)
  for (let n = 0; n < nth; n++) offset = bytes.indexOf(subject, offset + 1)
  assert.isAbove(offset, 0, subject)
  return offset
}
const flip = (log: Store, subject: string, nth?: number) => log.flipByte(-1, offsetOf(log, subject, nth) + 2)

/** The end of the log from such a message on, of a server that was killed. */
const cutAt = (log: Store, subject: string, nth: number) => {
  log.withoutIndex()
  truncateSync(log.block(-1), offsetOf(log, subject, nth))
}

const copy = (student: string) => `academy.student.@subscriptions.${student}.student-subscribed`
const event = (student: string) => `academy.student.students.${student}.student-registered`

const damages: ReadonlyArray<readonly [what: string, damage: (log: Store) => void]> = [
  ["a copy", (log) => flip(log, copy("bob"))],
  ["two copies of one event stream", (log) => (flip(log, copy("bob"), 1), flip(log, copy("bob")))],
  ["the only event of a boundary that no lane has", (log) => flip(log, "academy.catalogue.@prices.book.price-set")],
  ["a check", (log) => flip(log, "academy.@check", 1)],
  ["an event and the copy before it", (log) => (flip(log, copy("cy")), flip(log, event("cy")))],
  ["the copy at the end, of a server that was killed", (log) => cutAt(log, copy("dee"), 1)],
  ["the end, with events, copies and checks", (log) => cutAt(log, event("cy"), 0)],
  ["all messages", (log) => log.forget("msgs")],
  ["the whole stream", (log) => log.forget()]
]

/** Decisions on several boundaries continue on the restored log. */
const assertContinues = Effect.fnUntraced(function* (url: string) {
  const { commands, log } = yield* startLibrary(url, board)
  for (const student of students) {
    yield* commands.execute(academy.Subscribe, { course, student }, anybody)
    const { events } = yield* log.read(Boundary.streamId(StudentBoundary, { student }))
    assert.deepStrictEqual(
      events.map(({ streamRevision }) => streamRevision),
      [1, 2, 3, 4]
    )
  }
})

describe("npm run log -- rebuild, of a log with copies of events and checks", () => {
  it.live(
    "restores each message at its position: what no stream has a copy of follows from the events",
    () =>
      Effect.gen(function* () {
        const base = yield* filledAcademy
        for (const [what, damage] of damages) {
          yield* Effect.gen(function* () {
            const folder = yield* copyFolder(base)
            const before = yield* Effect.scoped(
              Effect.flatMap(serverOn(folder), ({ url }) => Effect.flatMap(managerAt(url), (manager) => logOf(manager)))
            )
            assert.isTrue(Subject.isAuxiliary(before.at(-1)!.subject))
            damage(storeOf(folder, board.name))
            const { url } = yield* serverOn(folder)
            const found = yield* inventoryAt(url)
            assert.isFalse(isWhole(found), what)
            if (found.state !== undefined) assert.deepStrictEqual(found.lost, [], what)
            if (found.state !== undefined)
              assert.include(describeInventory(found).join("\n"), "follow from other events")
            yield* runRebuild(url)
            assert.deepStrictEqual(yield* logOf(yield* managerAt(url)), before, what)
            assert.isTrue(isWhole(yield* inventoryAt(url)), what)
            yield* Effect.scoped(assertContinues(url))
          }).pipe(
            Effect.scoped,
            Effect.tapCause(() => Effect.logError(what))
          )
        }
      }).pipe(Effect.scoped),
    120_000
  )

  it.live(
    "restores the mark of a command, which is recognised then",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const written = { ledger: { id: "main" }, upTo: 5 }
        const writeAll = Effect.fnUntraced(function* (url: string) {
          const { commands } = yield* startLibrary(url, ledgers)
          return yield* Effect.forEach(["one", "two", "three"], (commandId) =>
            commands.execute(WriteInvoice, written, { ...anybody, commandId })
          )
        })
        const [before, receipts] = yield* Effect.gen(function* () {
          const { url } = yield* serverOn(folder)
          const stored = yield* Effect.scoped(writeAll(url))
          const manager = yield* managerAt(url)
          yield* waitUntilSettled(manager, ledgers)
          return [yield* logOf(manager, ledgers), stored] as const
        }).pipe(Effect.scoped)
        assert.strictEqual(before.filter(({ subject }) => subject === "ledgers.@command.two").length, 1)
        flip(storeOf(folder, ledgers.name), "ledgers.@command.two")
        const { url } = yield* serverOn(folder)
        yield* runRebuild(url, ledgers)
        assert.deepStrictEqual(yield* logOf(yield* managerAt(url), ledgers), before)
        const again = yield* Effect.scoped(writeAll(url))
        assert.deepStrictEqual(
          again,
          receipts.map((receipt) => ({ ...receipt, duplicate: true }))
        )
      }).pipe(Effect.scoped),
    60_000
  )

  it.live(
    "takes an event from its lane if the server cannot read it in the audit either",
    () =>
      Effect.gen(function* () {
        const folder = yield* copyFolder(yield* filledAcademy)
        flip(storeOf(folder, board.name), "academy.order.orders.dee.order-placed")
        flip(storeOf(folder, "audit"), "audit.accepted.order.orders.dee.order-placed")
        const { url } = yield* serverOn(folder)
        yield* runRebuild(url)
        assert.isTrue(isWhole(yield* inventoryAt(url)))
      }).pipe(Effect.scoped),
    60_000
  )

  it.live(
    "reads a part of the log to its end, also if the server cannot read its last message",
    () =>
      Effect.gen(function* () {
        const folder = yield* copyFolder(yield* filledAcademy)
        flip(storeOf(folder, board.name), "academy.catalogue.@prices.book.price-set")
        const { url } = yield* serverOn(folder)
        const read: Array<string> = []
        yield* Effect.gen(function* () {
          const { manager, nats } = yield* tools
          for (const filter of ["academy.catalogue.*.*.*", "academy.product.*.*.*"]) {
            const options = { stream: board.name, filter, after: 0, upTo: 20 }
            yield* scan(nats, manager, options, (all) =>
              Effect.sync(() => void read.push(...all.map(({ message }) => message.subject)))
            )
          }
        }).pipe(Effect.provide(at(url)))
        assert.deepStrictEqual(read, ["academy.product.prices.book.price-set"])
      }).pipe(Effect.scoped),
    60_000
  )

  it.live(
    "takes no lost event for a check",
    () =>
      Effect.gen(function* () {
        const folder = yield* copyFolder(yield* filledAcademy)
        const order = "academy.order.orders.bob.order-placed"
        flip(storeOf(folder, board.name), order)
        const { url } = yield* serverOn(folder)
        const manager = yield* managerAt(url)
        for (const stream of ["audit", "academy-orders"]) {
          const copies = yield* Effect.promise(() => messagesOf(manager, stream))
          const { seq } = copies.find(({ headers }) => headers.some(([, [value]]) => value?.includes(order)))!
          yield* Effect.promise(() => manager.streams.deleteMessage(stream, seq))
        }
        assert.instanceOf(yield* Effect.flip(runRebuild(url)), NotRebuildable)
      }).pipe(Effect.scoped),
    60_000
  )
})
