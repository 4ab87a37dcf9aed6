import { assert, describe, it } from "@effect/vitest"
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream"
import { Effect, Layer } from "effect"
import { Projection } from "#domain/model/index.ts"
import * as Nats from "#layers/nats/connection/Nats.ts"
import { Requests } from "#layers/nats/connection/Requests.ts"
import { takeInventory } from "#layers/nats/integrity/inventory.ts"
import { logIdentityKey } from "#layers/nats/provision/provision.ts"
import { accept, contiguousEnd, NotRebuildable, rebuild } from "#layers/nats/repair/repairLog.ts"
import { shelf } from "#test/boards/libraryBoard.ts"
import {
  acquireBooks,
  copyFolder,
  filledFolder,
  largeLibrary,
  serverOn,
  storeOf,
  startLibrary
} from "#test/support/damagedLog.ts"
import { streamIdOf } from "#test/support/libraryFixtures.ts"
import { type StoredMessage, managerAt, messagesOf, waitUntilSettled } from "#test/support/streamDump.ts"

const count = 60

type Store = ReturnType<typeof storeOf>

/** An event without the time at which the server stored it, and without headers that a guard or the server added. */
const eventOf = ({ data, headers, seq, subject }: StoredMessage) => ({
  seq,
  subject,
  data,
  headers: headers
    .filter(([name]) => !name.startsWith("Nats-") || name === "Nats-Msg-Id")
    .map(([name, [value]]) => [name, value])
})

const eventsIn = (manager: JetStreamManager, stream: string) =>
  Effect.promise(async () => (await messagesOf(manager, stream)).map(eventOf))

const tools = Effect.gen(function* () {
  const nats = yield* Nats.Nats
  const manager = yield* Effect.promise(() => jetstreamManager(nats))
  return { nats, manager, requests: yield* Requests, board: largeLibrary, report: () => Effect.void }
})

const at = (url: string) => Requests.layer.pipe(Layer.provideMerge(Nats.layer(url)))

const runRebuild = (url: string) => Effect.flatMap(tools, (all) => rebuild(all, 1)).pipe(Effect.provide(at(url)))
const runAccept = (url: string) => Effect.flatMap(tools, (all) => accept(all, 1)).pipe(Effect.provide(at(url)))
const inventoryAt = (url: string) =>
  Effect.flatMap(tools, ({ manager, nats }) => takeInventory(nats, manager, largeLibrary)).pipe(Effect.provide(at(url)))

const identityAt = (manager: JetStreamManager) =>
  Effect.promise(async () => (await manager.streams.info(largeLibrary.name)).config.metadata?.[logIdentityKey])

/** The ids of the events that a stream has copies of, after the sequence `from`. */
const copiesOf = (manager: JetStreamManager, stream: string, from = 0) =>
  Effect.promise(async () =>
    (await messagesOf(manager, stream))
      .filter(({ seq }) => seq > from)
      .flatMap(({ headers }) => headers.filter(([name]) => name === "ce-id").map(([, [id]]) => id!))
  )

const idsIn = (events: ReadonlyArray<ReturnType<typeof eventOf>>) =>
  events.map(({ headers }) => headers.find(([name]) => name === "ce-id")![1]!)

/**
 * Starts the library on the log, appends more events, and asserts that everything derived has each event of the log
 * once.
 */
const assertContinues = Effect.fnUntraced(function* (url: string, from: number) {
  const manager = yield* managerAt(url)
  const before = { audit: yield* lastOf(manager, "audit"), lane: yield* lastOf(manager, "library-stock") }
  const { log, views } = yield* startLibrary(url)
  yield* acquireBooks(log, { from, to: from + 9 })
  yield* waitUntilSettled(manager, largeLibrary)
  assert.strictEqual(yield* log.lastPosition(), from + 9)
  const events = yield* eventsIn(manager, largeLibrary.name)
  const newIds = idsIn(events.slice(-10)).sort()
  assert.deepStrictEqual((yield* copiesOf(manager, "audit", before.audit)).sort(), newIds)
  assert.deepStrictEqual((yield* copiesOf(manager, "library-stock", before.lane)).sort(), newIds)
  for (const id of [`b1`, `b${from - 1}`, `b${from + 9}`]) {
    const { events: history } = yield* log.read(streamIdOf({ id }))
    const { loans, where } = yield* views.get(shelf, { book: { id } }, from + 9)
    const state = Projection.fold(
      shelf.shows,
      history.map(({ event }) => event)
    )
    assert.deepStrictEqual({ loans, where }, state)
  }
  // A row of an event that the log no longer has is gone too.
  const { where } = yield* views.get(shelf, { book: { id: `b${from + 10}` } }, from + 9)
  assert.strictEqual(where, "nowhere")
})

const lastOf = (manager: JetStreamManager, stream: string) =>
  Effect.promise(async () => (await manager.streams.info(stream)).state.last_seq)

const damages: ReadonlyArray<readonly [what: string, damage: (log: Store) => void]> = [
  ["the end, of a server that was killed", (log) => (log.withoutIndex(), log.cut(-1))],
  ["the end, where the server still knows how far it was", (log) => log.cut(-1)],
  ["one event", (log) => log.flipByte(-1)],
  ["all messages", (log) => log.forget("msgs")],
  ["the description of the stream", (log) => log.flipFile("meta.inf")],
  ["the whole stream", (log) => log.forget()]
]

describe("npm run log -- rebuild", () => {
  it.live(
    "restores each event at its position, whatever was lost; lanes, audit and views continue",
    () =>
      Effect.gen(function* () {
        const base = yield* filledFolder(count, 10)
        for (const [what, damage] of damages) {
          yield* Effect.gen(function* () {
            const folder = yield* copyFolder(base)
            const before = yield* Effect.scoped(
              Effect.flatMap(serverOn(folder), ({ url }) =>
                Effect.flatMap(managerAt(url), (manager) =>
                  Effect.all({ events: eventsIn(manager, largeLibrary.name), is: identityAt(manager) })
                )
              )
            )
            assert.strictEqual(before.events.length, count)
            damage(storeOf(folder, largeLibrary.name))
            yield* Effect.gen(function* () {
              const { url } = yield* serverOn(folder)
              yield* runRebuild(url)
              const manager = yield* managerAt(url)
              assert.deepStrictEqual(yield* eventsIn(manager, largeLibrary.name), before.events, what)
              assert.strictEqual(yield* identityAt(manager), before.is, what)
              assert.deepStrictEqual((yield* inventoryAt(url)).findings, [], what)
            }).pipe(Effect.scoped)
            // The server restarts before a new event arrives: it must not copy again what it has copied.
            for (const from of [count + 1, count + 11]) {
              yield* Effect.scoped(Effect.flatMap(serverOn(folder), ({ url }) => assertContinues(url, from)))
            }
          }).pipe(
            Effect.scoped,
            Effect.tapCause(() => Effect.logError(what))
          )
        }
      }).pipe(Effect.scoped),
    120_000
  )

  it.live(
    "changes nothing if an event has no copy, and names it",
    () =>
      Effect.gen(function* () {
        const folder = yield* copyFolder(yield* filledFolder(count, 10))
        storeOf(folder, largeLibrary.name).withoutIndex()
        storeOf(folder, largeLibrary.name).cut(-1)
        const { url } = yield* serverOn(folder)
        const manager = yield* managerAt(url)
        for (const stream of ["audit", "library-stock"]) {
          yield* Effect.promise(() => manager.streams.deleteMessage(stream, count - 5))
        }
        const before = yield* eventsIn(manager, largeLibrary.name)
        const error = yield* Effect.flip(runRebuild(url))
        assert.instanceOf(error, NotRebuildable)
        assert.include(error.message, `positions ${count - 5}`)
        assert.deepStrictEqual(yield* eventsIn(manager, largeLibrary.name), before)
      }).pipe(Effect.scoped),
    120_000
  )
})

describe("npm run log -- accept", () => {
  it.live(
    "ends the log before its first gap, as another log, and everything derived is rebuilt from it",
    () =>
      Effect.gen(function* () {
        const base = yield* filledFolder(count, 10)
        for (const [what, damage] of damages.filter(([what]) => what !== "the description of the stream")) {
          yield* Effect.gen(function* () {
            const folder = yield* copyFolder(base)
            damage(storeOf(folder, largeLibrary.name))
            const end = yield* Effect.gen(function* () {
              const { url } = yield* serverOn(folder)
              const manager = yield* managerAt(url)
              const found = yield* inventoryAt(url)
              const is = found.state?.identity
              const remaining = (yield* eventsIn(manager, largeLibrary.name)).filter(
                ({ seq }) => seq <= contiguousEnd(found)
              )
              yield* runAccept(url)
              assert.deepStrictEqual(yield* eventsIn(manager, largeLibrary.name), remaining, what)
              assert.notStrictEqual(yield* identityAt(manager), is, what)
              assert.deepStrictEqual((yield* inventoryAt(url)).findings, [], what)
              assert.strictEqual((yield* copiesOf(manager, "audit")).length, count, "the audit keeps what it has")
              return contiguousEnd(found)
            }).pipe(Effect.scoped)
            assert.isBelow(end, count, what)
            for (const from of [end + 1, end + 11]) {
              yield* Effect.scoped(Effect.flatMap(serverOn(folder), ({ url }) => assertContinues(url, from)))
            }
            // A copy of an event that was given up is not used for another event at its position.
            storeOf(folder, largeLibrary.name).withoutIndex()
            storeOf(folder, largeLibrary.name).forget("msgs")
            yield* Effect.gen(function* () {
              const { url } = yield* serverOn(folder)
              yield* runRebuild(url)
              yield* assertContinues(url, end + 21)
            }).pipe(Effect.scoped)
          }).pipe(
            Effect.scoped,
            Effect.tapCause(() => Effect.logError(what))
          )
        }
      }).pipe(Effect.scoped),
    120_000
  )
})
