import { assert, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { Commands } from "#layers/commands/Commands.ts"
import * as Runtime from "#layers/runBoard.ts"
import { Ids } from "#layers/services/Ids.ts"
import { Observer } from "#layers/services/Observer.ts"
import { BoardMetrics } from "#layers/telemetry/metrics/BoardMetrics.ts"
import * as Telemetry from "#layers/telemetry/telemetry.ts"
import { AcquireBook, ann, book, BorrowBook, library, ReturnBook } from "#test/boards/libraryBoard.ts"
import { memoryBackend } from "#test/support/backends.ts"
import { ownRegistry, valueIn } from "#test/support/metricLines.ts"

const telemetry = Telemetry.layer(library, { metrics: true, logFormat: "json", otlp: undefined }).pipe(
  Layer.provideMerge(ownRegistry)
)

it.live("a conflict with another process and the repeated decision count for the boundary", () =>
  Effect.gen(function* () {
    const services = yield* memoryBackend.start(library)
    const instance = Effect.map(
      Layer.build(Layer.fresh(Runtime.layer(library)).pipe(Layer.provide(services), Layer.provide(Ids.layer))),
      (context) => Context.get(context, Commands)
    )
    const { exposition } = yield* Effect.flatMap(Effect.serviceOption(BoardMetrics), Effect.fromOption)
    const [mine, other] = [yield* instance, yield* instance]
    const actor = { actor: "Member" }
    yield* mine.execute(AcquireBook, { book, title: "Moby-Dick" }, actor)
    yield* mine.execute(BorrowBook, { book, reader: ann }, actor)
    assert.strictEqual(valueIn(yield* exposition, 'command_conflicts_total{boundary="book"}'), 0)

    yield* other.execute(ReturnBook, { book, reader: ann }, actor)
    // It is decided on a cached state in which the book is out, and then on the log.
    assert.strictEqual((yield* Effect.flip(mine.execute(ReturnBook, { book, reader: ann }, actor)))._tag, "Refused")
    const text = yield* exposition
    assert.strictEqual(valueIn(text, 'command_conflicts_total{boundary="book"}'), 1)
    assert.strictEqual(valueIn(text, 'command_retries_total{boundary="book"}'), 1)
  }).pipe(Effect.scoped, Effect.provide(telemetry))
)

it.effect(
  "batches are measured by their messages and appends, and a boundary that is not on the board is ignored",
  () =>
    Effect.gen(function* () {
      const { onBatch, onConflict } = yield* Observer
      const { exposition } = yield* Effect.flatMap(Effect.serviceOption(BoardMetrics), Effect.fromOption)
      onBatch(5, 2)
      onBatch(1, 1)
      onConflict("no such boundary")
      const text = yield* exposition
      assert.strictEqual(valueIn(text, "append_batch_messages_sum"), 6)
      assert.strictEqual(valueIn(text, 'append_batch_messages_bucket{le="4"}'), 1)
      assert.strictEqual(valueIn(text, "append_batch_appends_sum"), 3)
      assert.notInclude(text, "no such boundary")
    }).pipe(Effect.provide(telemetry))
)
