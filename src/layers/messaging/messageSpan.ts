import { Effect, type Exit, type Tracer } from "effect"
import type { HttpServerResponse } from "effect/http"
import type { ArrivedCommand } from "#layers/http/commands/commandResponder.ts"
import { traceOrigin } from "#layers/http/request/traceTrust.ts"
import { inSpan, Tracing } from "#layers/telemetry/tracing/inSpan.ts"

const describe = (_: Tracer.Span, exit: Exit.Exit<HttpServerResponse.HttpServerResponse, never>) => {
  if (exit._tag === "Failure") return "500"
  return exit.value.status >= 500 ? String(exit.value.status) : undefined
}

/** Returns the function that answers a command on this subject in a span, if spans are exported. */
export const messageSpan = Effect.fnUntraced(function* (subject: string) {
  const isTraced = yield* Tracing
  const originOf = yield* traceOrigin
  const attributes = {
    "messaging.system": "nats",
    "messaging.destination.name": subject,
    "messaging.operation.name": "process",
    "messaging.operation.type": "process"
  }
  return (
    { headers }: Pick<ArrivedCommand, "headers">,
    answer: Effect.Effect<HttpServerResponse.HttpServerResponse>
  ) => {
    if (!isTraced) return answer
    return inSpan(
      { name: `process ${subject}`, kind: "consumer", attributes, describe, ...originOf(headers) },
      () => answer
    )
  }
})
