import { Effect, Layer, References, Schedule } from "effect"
import { FetchHttpClient, HttpMiddleware } from "effect/http"
import { OtlpExporter, OtlpLogger, OtlpMetrics, OtlpSerialization, OtlpTracer } from "effect/observability"
import { BoardMetrics } from "../metrics/BoardMetrics.ts"
import { Tracing } from "../tracing/inSpan.ts"
import { makeSampler, type Sampling } from "../tracing/sampler.ts"

/** Where traces, metrics and logs go, and as what. */
export interface OtlpOptions {
  /** The base of the addresses, `http://localhost:4318`: each signal has its path below it. */
  readonly endpoint: string
  readonly protocol: "http/json" | "http/protobuf"
  /** Sent with each export, such as a token. */
  readonly headers: Readonly<Record<string, string>>
  /** The `service.name` of the resource. Further attributes come from OTEL_RESOURCE_ATTRIBUTES. */
  readonly serviceName: string
  readonly sampling: Sampling
}

/** How often metrics are exported, and the state of the board is measured for them. */
const metricsInterval = "10 seconds"

/** How long the end of the process waits for the last export of each signal. */
const shutdownTimeout = "3 seconds" as const

/** Measures the state before each export. */
const collectRegularly = Layer.effectDiscard(
  Effect.flatMap(Effect.serviceOption(BoardMetrics), (metrics) =>
    metrics._tag === "None"
      ? Effect.void
      : Effect.forkScoped(Effect.repeat(metrics.value.collect, Schedule.spaced(metricsInterval)))
  )
)

/** Exports traces, metrics and logs by OTLP over HTTP, and switches spans on. What cannot be exported is dropped, and nothing waits. */
export const layer = ({ endpoint, headers, protocol, sampling, serviceName }: OtlpOptions) => {
  const optionsFor = (signal: "logs" | "metrics" | "traces") => ({
    url: `${endpoint.replace(/\/$/u, "")}/v1/${signal}`,
    resource: { serviceName },
    headers,
    shutdownTimeout
  })
  return Layer.mergeAll(
    OtlpTracer.layer(optionsFor("traces")),
    OtlpLogger.layer(optionsFor("logs")),
    OtlpMetrics.layer({ ...optionsFor("metrics"), exportInterval: metricsInterval }),
    Layer.sync(Tracing, () => makeSampler(sampling)),
    // Its span has the client's address and the whole URL; the app's own is `requestSpan`.
    Layer.succeed(HttpMiddleware.TracerDisabledWhen, () => true),
    collectRegularly
  ).pipe(
    Layer.provide(OtlpExporter.layerFlusher),
    Layer.provide(protocol === "http/json" ? OtlpSerialization.layerJson : OtlpSerialization.layerProtobuf),
    Layer.provide(FetchHttpClient.layer)
  )
}

/** No export: no spans are made, not even those of Effect's HTTP server, which nothing would export. */
export const layerOff = Layer.succeed(References.TracerEnabled, false)
