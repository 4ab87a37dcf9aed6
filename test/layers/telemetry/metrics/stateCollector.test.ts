import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { Connection } from "#layers/services/Connection.ts"
import { Health, type HealthReport } from "#layers/services/Health.ts"
import { LogReader } from "#layers/services/LogReader.ts"
import { Subscriptions } from "#layers/services/Subscriptions.ts"
import { BoardMetrics } from "#layers/telemetry/metrics/BoardMetrics.ts"
import * as StateCollector from "#layers/telemetry/metrics/stateCollector.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { ownRegistry, valueIn } from "#test/support/metricLines.ts"

/** A state that a test changes. */
interface State {
  lag: number | "unknown"
  report: HealthReport
}

const services = (state: State) =>
  Layer.mergeAll(
    Layer.succeed(Subscriptions, {
      lag: () => (state.lag === "unknown" ? Effect.fail("no answer") : Effect.succeed(state.lag)),
      position: () => Effect.succeed(7)
    } as unknown as Subscriptions["Service"]),
    Layer.succeed(LogReader, {
      readPage: (after: number) =>
        Effect.succeed([
          { position: after + 1, subject: "library.book.lending.moby.book-lost", storedAt: 1_000 },
          { position: after + 2, subject: "library.book.lending.moby.book-returned", storedAt: 4_000 },
          { position: after + 3, subject: "library.book.lending.moby.book-returned", storedAt: 9_000 }
        ])
    } as unknown as LogReader["Service"]),
    Layer.succeed(DeadLetters, {
      all: Effect.succeed([{ by: "automation-shelve-books" }, { by: "automation-shelve-books" }])
    } as unknown as DeadLetters["Service"]),
    Layer.succeed(Health, { report: Effect.sync(() => state.report) }),
    Connection.layerMemory
  )

const report: HealthReport = {
  ready: true,
  log: "reachable",
  streams: { library: 12 },
  fill: { library: 0.25 },
  replicas: { library: { configured: 3, current: 2 } }
}

const withState = (state: State) =>
  StateCollector.layer(library).pipe(
    Layer.provide(services(state)),
    Layer.provideMerge(BoardMetrics.layer(library)),
    Layer.provide(ownRegistry)
  )

const automation = (name: string) => `${name}{kind="automation",processor="shelve-books"}`

it.effect("a scrape reads the lag, the age of the oldest event of the processor's types, and its dead letters", () =>
  Effect.gen(function* () {
    yield* TestClock.setTime(10_000)
    const text = yield* (yield* BoardMetrics).exposition
    assert.strictEqual(valueIn(text, automation("processor_lag_events")), 2)
    assert.strictEqual(valueIn(text, automation("processor_lag_seconds")), 6)
    assert.strictEqual(valueIn(text, automation("processor_dead_letters")), 2)
    assert.strictEqual(valueIn(text, 'processor_dead_letters{kind="view",processor="Shelf"}'), 0)
    assert.strictEqual(valueIn(text, 'stream_fill_ratio{stream="library"}'), 0.25)
    assert.strictEqual(valueIn(text, 'stream_replicas_current{stream="library"}'), 2)
    assert.strictEqual(valueIn(text, 'connection_state{state="up"}'), 1)
    assert.strictEqual(valueIn(text, 'connection_state{state="down"}'), 0)
    assert.strictEqual(valueIn(text, "log_reachable"), 1)
  }).pipe(Effect.provide(withState({ lag: 2, report })))
)

it.effect("a processor that has everything has no age, whatever is in the log", () =>
  Effect.gen(function* () {
    yield* TestClock.setTime(10_000)
    const text = yield* (yield* BoardMetrics).exposition
    assert.strictEqual(valueIn(text, automation("processor_lag_seconds")), 0)
  }).pipe(Effect.provide(withState({ lag: 0, report })))
)

it.effect("what is not known is left out, and not shown as it was before", () => {
  const state: State = { lag: 2, report }
  return Effect.gen(function* () {
    const { exposition } = yield* BoardMetrics
    assert.strictEqual(valueIn(yield* exposition, automation("processor_lag_events")), 2)
    state.lag = "unknown"
    state.report = { ready: false, log: "not reachable", streams: {} }
    assert.strictEqual(valueIn(yield* exposition, automation("processor_lag_events")), 2, "read again within a second")
    yield* TestClock.adjust("1 second")
    const text = yield* exposition
    assert.isUndefined(valueIn(text, automation("processor_lag_events")))
    assert.isUndefined(valueIn(text, automation("processor_lag_seconds")))
    assert.isUndefined(valueIn(text, 'stream_fill_ratio{stream="library"}'))
    assert.strictEqual(valueIn(text, "log_reachable"), 0)
  }).pipe(Effect.provide(withState(state)))
})
