import { Context, Effect, Layer, Metric, Semaphore } from "effect"
import { PrometheusMetrics } from "effect/observability"
import type { Board } from "#domain/model/index.ts"
import type { Observations } from "#layers/services/Observer.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { appendMetrics } from "./appendMetrics.ts"
import { type CommandRecorder, commandMetrics } from "./commandMetrics.ts"
import { processMetrics } from "./processMetrics.ts"

/** Milliseconds for which a measurement of the state counts: several scrapes at once cost one. */
const freshMillis = 1_000

/**
 * The metrics of a board in this process. Without it nothing is measured. All of them are in the `Metric.MetricRegistry` of the
 * fiber that builds the layer, from which OTLP exports them too.
 */
export class BoardMetrics extends Context.Service<
  BoardMetrics,
  {
    readonly commands: CommandRecorder
    readonly appends: Pick<Observations, "onConflict" | "onRetry" | "onBatch">
    readonly registry: Context.Context<never>
    /** Adds an effect that measures a part of the state. It must not fail, and end soon. */
    readonly addCollector: (collect: Effect.Effect<void>) => void
    /** Measures the state, unless that was done within the last second. */
    readonly collect: Effect.Effect<void>
    /** All metrics in the text format of Prometheus, version 0.0.4, with the state as it is now. */
    readonly exposition: Effect.Effect<string>
  }
>()("layers/telemetry/BoardMetrics") {
  static readonly layer = (board: Board.Any) =>
    Layer.effect(
      BoardMetrics,
      Effect.suspend(() => make(board))
    )
}

const make = Effect.fnUntraced(function* (board: Board.Any) {
  const registry: Context.Context<never> = Context.make(Metric.MetricRegistry, yield* Metric.MetricRegistry)
  const collectors: Array<Effect.Effect<void>> = [yield* processMetrics(registry)]
  const oneAtATime = Semaphore.makeUnsafe(1).withPermits(1)
  let collectedAt = -Infinity
  const collect = oneAtATime(
    Effect.gen(function* () {
      const now = yield* monotonicMillis
      if (now - collectedAt < freshMillis) return
      yield* Effect.all(collectors, { concurrency: "unbounded", discard: true })
      collectedAt = now
    })
  )
  return BoardMetrics.of({
    commands: commandMetrics(board, registry),
    appends: appendMetrics(board, registry),
    registry,
    addCollector: (each) => {
      collectors.push(each)
      collectedAt = -Infinity
    },
    collect,
    exposition: Effect.map(collect, () => PrometheusMetrics.formatUnsafe(registry))
  })
})
