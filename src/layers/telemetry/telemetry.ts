import { Effect, Layer, Option } from "effect"
import type { Board } from "#domain/model/index.ts"
import { type Observations, Observer } from "#layers/services/Observer.ts"
import * as LogFormat from "./export/logFormat.ts"
import * as OtlpExport from "./export/otlpExport.ts"
import { BoardMetrics } from "./metrics/BoardMetrics.ts"
import { Tracing } from "./tracing/inSpan.ts"
import { reactionSpan } from "./tracing/reactionSpan.ts"

/** What a process reports about itself. */
export interface TelemetryOptions {
  readonly metrics: boolean
  readonly logFormat: LogFormat.LogFormat
  /** Without it nothing is exported, and no span is made. */
  readonly otlp: OtlpExport.OtlpOptions | undefined
}

/** Lets the runtime report conflicts, batches and reactions to the metrics and traces that there are. */
const observer = Layer.effect(
  Observer,
  Effect.gen(function* () {
    const silent = yield* Observer
    const metrics = Option.getOrUndefined(yield* Effect.serviceOption(BoardMetrics))
    const isTraced = yield* Tracing
    const observations: Observations = {
      ...silent,
      ...metrics?.appends,
      ...(isTraced && { reaction: reactionSpan })
    }
    return observations
  })
)

/**
 * The telemetry of a process that runs a board. Everything that runs the board has to be built with it: services, runtime and HTTP
 * look at their start whether there are metrics and spans.
 */
export const layer = (board: Board.Any, { logFormat, metrics, otlp }: TelemetryOptions): Layer.Layer<never> =>
  observer.pipe(
    Layer.provideMerge(otlp ? OtlpExport.layer(otlp) : OtlpExport.layerOff),
    Layer.provideMerge(metrics ? BoardMetrics.layer(board) : Layer.empty),
    Layer.provideMerge(LogFormat.layer(logFormat))
  )
