import { assert, it } from "@effect/vitest"
import { Effect, Layer, Metric } from "effect"
import { Commands } from "#layers/commands/Commands.ts"
import { LogUnavailable } from "#layers/services/EventLog.ts"
import * as InstrumentedCommands from "#layers/telemetry/instrumentedCommands.ts"
import { BoardMetrics } from "#layers/telemetry/metrics/BoardMetrics.ts"
import { AcquireBook, ann, book, BorrowBook, library, ReturnBook } from "#test/boards/libraryBoard.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { ownRegistry, valueIn } from "#test/support/metricLines.ts"

const measured = runningBoard(library, memoryBackend).pipe(
  Layer.provideMerge(BoardMetrics.layer(library)),
  Layer.provide(ownRegistry)
)

const librarian = { actor: "Librarian" }
const title = "Moby-Dick"

it.effect("each outcome of a command is counted under the command's name, and rejections by theirs", () =>
  Effect.gen(function* () {
    const { execute } = yield* Commands
    const { exposition } = yield* BoardMetrics
    yield* execute(AcquireBook, { book, title }, { ...librarian, commandId: "c-1" })
    yield* execute(AcquireBook, { book, title }, { ...librarian, commandId: "c-1" })
    yield* execute(AcquireBook, { book, title }, librarian)
    yield* execute(BorrowBook, { book, reader: ann }, librarian)
    yield* Effect.flip(execute(BorrowBook, { book, reader: { id: "bob" } }, librarian))
    yield* Effect.flip(execute(ReturnBook, { book, reader: ann }, { ...librarian, commandId: "c-1" }))

    const text = yield* exposition
    const total = (command: string, outcome: string) =>
      valueIn(text, `commands_total{command="${command}",outcome="${outcome}"}`)
    assert.deepStrictEqual(
      ["accepted", "duplicate", "unchanged", "rejected"].map((outcome) => total("AcquireBook", outcome)),
      [1, 1, 1, 0]
    )
    assert.deepStrictEqual(
      ["accepted", "rejected"].map((outcome) => total("BorrowBook", outcome)),
      [1, 1]
    )
    assert.strictEqual(total("ReturnBook", "invalid"), 1)
    assert.strictEqual(valueIn(text, 'command_rejections_total{command="BorrowBook",rejection="BookIsOut"}'), 1)
    assert.strictEqual(valueIn(text, 'command_duration_seconds_count{command="BorrowBook",outcome="accepted"}'), 1)
  }).pipe(Effect.provide(measured))
)

it.effect("what has not happened yet is 0, and not absent", () =>
  Effect.gen(function* () {
    const text = yield* (yield* BoardMetrics).exposition
    assert.strictEqual(valueIn(text, 'commands_total{command="BorrowBook",outcome="unavailable"}'), 0)
    assert.strictEqual(valueIn(text, 'command_conflicts_total{boundary="book"}'), 0)
  }).pipe(Effect.provide(measured))
)

it.effect("an outage, a defect and an interruption have outcomes of their own, and their time", () =>
  Effect.gen(function* () {
    const { exposition } = yield* BoardMetrics
    const outcomeOf = (execute: Effect.Effect<never, LogUnavailable>) =>
      Effect.gen(function* () {
        const plain = Layer.succeed(Commands, { execute: () => execute } as unknown as Commands["Service"])
        const { execute: run } = yield* Commands.pipe(Effect.provide(InstrumentedCommands.layer(plain)))
        return yield* Effect.exit(run(AcquireBook, { book, title }, librarian))
      })
    yield* outcomeOf(Effect.fail(new LogUnavailable({ reason: "gone" })))
    yield* outcomeOf(Effect.die(new Error("a defect")))
    yield* outcomeOf(Effect.interrupt)
    const text = yield* exposition
    for (const outcome of ["unavailable", "failed", "interrupted"]) {
      assert.strictEqual(valueIn(text, `commands_total{command="AcquireBook",outcome="${outcome}"}`), 1, outcome)
    }
  }).pipe(Effect.provide(BoardMetrics.layer(library)), Effect.provideService(Metric.MetricRegistry, new Map()))
)

it.effect("without metrics and spans the commands are those of the handler", () =>
  Effect.gen(function* () {
    const service = { execute: () => Effect.never } as unknown as Commands["Service"]
    const commands = yield* Commands.pipe(Effect.provide(InstrumentedCommands.layer(Layer.succeed(Commands, service))))
    assert.strictEqual(commands, service)
  })
)
