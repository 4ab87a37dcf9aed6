import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import type { JetStreamManager } from "@nats-io/jetstream"
import { Effect } from "effect"
import { Board, Boundary, type Lane } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import type { Commands } from "#layers/commands/Commands.ts"
import { backup } from "#layers/nats/backup/createBackup.ts"
import { restore } from "#layers/nats/backup/restoreBackup.ts"
import * as Nats from "#layers/nats/connection/Nats.ts"
import { resumeStalledCopies } from "#layers/nats/integrity/copies/resumeStalledCopies.ts"
import { academyBoard } from "#test/boards/academyBoard.ts"
import * as academy from "#test/boards/academyCommands.ts"
import { StudentBoundary } from "#test/boards/academyEvents.ts"
import { startLibrary } from "#test/support/damagedLog.ts"
import { managerAt, messagesOf, waitUntilSettled } from "#test/support/streamDump.ts"
import { temporaryFolder, testServer } from "#test/support/testServer.ts"

/** A short duplicate window: a longer one would hide messages that are copied twice. */
const retention = { maxBytes: "64 MiB", duplicateWindow: "100 millis" } as const
const board: Board.Any = {
  ...academyBoard,
  slices: Board.commandSlices(academyBoard),
  lanes: academyBoard.lanes.map((lane: Lane.Any) => ({ ...lane, retention })),
  log: retention,
  audit: retention
}

const anybody = { actor: "Anybody" }
const [student, product] = [{ id: "ann" }, { id: "book" }]
const command = { commandId: "first", ...anybody }

/** Commands whose events have copies, and checks. */
const runCommands = Effect.fnUntraced(function* ({ execute }: Commands["Service"], round: string) {
  for (const course of [{ id: `${round}x` }, { id: `${round}y` }])
    yield* execute(academy.RegisterAndSubscribe, { course, student }, anybody)
  yield* execute(academy.OpenShop, {}, anybody)
  yield* execute(academy.SetPrice, { product, price: 3 }, anybody)
  yield* execute(academy.PlaceOrder, { order: { id: round }, product, price: 3 }, anybody)
})

/** The ids of the events of the log, of the audit and of all lanes: the same, each once. */
const assertEachOnce = Effect.fnUntraced(function* (manager: JetStreamManager) {
  yield* waitUntilSettled(manager, board)
  const idsIn = (stream: string, isEvent: (subject: string) => boolean) =>
    Effect.promise(async () =>
      (await messagesOf(manager, stream))
        .filter(({ subject }) => isEvent(subject))
        .map(({ headers }) => headers.find(([name]) => name === "ce-id")![1][0]!)
        .sort()
    )
  const events = yield* idsIn(board.name, (subject) => !Subject.isAuxiliary(subject))
  assert.deepStrictEqual(yield* idsIn("audit", (subject) => subject.startsWith("audit.accepted.")), events)
  const inLanes = yield* Effect.forEach(board.lanes, ({ name }) => idsIn(name, () => true))
  assert.deepStrictEqual(inLanes.flat().sort(), events)
})

describe("A log with copies of events and checks", () => {
  it.live(
    "is restored with all of them, and lanes and audit continue with each event once",
    () =>
      Effect.gen(function* () {
        const file = join(yield* temporaryFolder, "backup")
        const [first, second] = [yield* testServer({ syncInterval: "2m" }), yield* testServer({ syncInterval: "2m" })]
        const before = yield* Effect.gen(function* () {
          const { commands } = yield* startLibrary(first.url, board)
          const receipt = yield* commands.execute(
            academy.RegisterAndSubscribe,
            { course: { id: "c" }, student },
            command
          )
          yield* runCommands(commands, "a")
          const manager = yield* managerAt(first.url)
          yield* assertEachOnce(manager)
          yield* backup(board, file, () => Effect.void).pipe(Effect.provide(Nats.layer(first.url)))
          return { receipt, log: yield* Effect.promise(() => messagesOf(manager, board.name)) }
        }).pipe(Effect.scoped)
        yield* restore(board, file, 1, () => Effect.void).pipe(Effect.provide(Nats.layer(second.url)))
        const manager = yield* managerAt(second.url)
        assert.deepStrictEqual(yield* Effect.promise(() => messagesOf(manager, board.name)), before.log)
        const { commands, log } = yield* startLibrary(second.url, board)
        const again = yield* commands.execute(academy.RegisterAndSubscribe, { course: { id: "c" }, student }, command)
        assert.deepStrictEqual(again, { ...before.receipt, duplicate: true })
        yield* runCommands(commands, "b")
        yield* assertEachOnce(manager)
        const { events } = yield* log.read(Boundary.streamId(StudentBoundary, { student }))
        assert.deepStrictEqual(
          events.map(({ streamRevision }) => streamRevision),
          Array.from({ length: 10 }, (_, n) => n + 1)
        )
      }).pipe(Effect.scoped),
    60_000
  )

  it.live(
    "is not behind where only copies and checks follow: no copying is resumed",
    () =>
      Effect.gen(function* () {
        const { url } = yield* testServer({ syncInterval: "2m" })
        const { commands } = yield* startLibrary(url, board)
        yield* runCommands(commands, "a")
        const manager = yield* managerAt(url)
        yield* waitUntilSettled(manager, board)
        const resume = resumeStalledCopies(manager, board)
        for (const _ of [1, 2, 3]) yield* resume
        const { config } = yield* Effect.promise(() => manager.streams.info("audit"))
        assert.isTrue(config.sources!.every(({ opt_start_seq = 0 }) => opt_start_seq === 0))
        yield* assertEachOnce(manager)
      }).pipe(Effect.scoped),
    60_000
  )
})
