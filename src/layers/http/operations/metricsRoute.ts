import { Effect, Option, Schema } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiSchema } from "effect/http-api"
import { operators } from "#layers/access/Access.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { declaredRoute } from "#layers/http/request/declaredRoute.ts"
import { declareEndpoint } from "#layers/http/request/endpointDeclaration.ts"
import { commonHeaders, problemResponse } from "#layers/http/response/responses.ts"
import { BoardMetrics } from "#layers/telemetry/metrics/BoardMetrics.ts"

/** The text format of Prometheus. */
const contentType = "text/plain; version=0.0.4; charset=utf-8"

export const metricsEndpoint = declareEndpoint({
  name: "metrics",
  method: "GET",
  path: "/metrics",
  access: operators,
  summary: "What this process measures, in the text format of Prometheus",
  description: "Labels are names on the board or of fixed lists: no ids, keys or addresses.",
  success: Schema.String.pipe(HttpApiSchema.asText({ contentType })),
  mediaType: "text/plain;version=0.0.4",
  problemTypes: [problems.MetricsOff]
})

/** Responds with the metrics of this process, and with the state of views, automations and streams as it is now. */
export const metricsRoute = Effect.map(Effect.serviceOption(BoardMetrics), (metrics) =>
  declaredRoute(metricsEndpoint, ({ correlationId }) =>
    Option.match(metrics, {
      onNone: () => Effect.succeed(problemResponse(problems.MetricsOff, { correlationId })),
      onSome: ({ exposition }) =>
        Effect.map(exposition, (text) => HttpServerResponse.text(text, { contentType, headers: commonHeaders }))
    })
  )
)
