import { Context, Effect } from "effect"
import { spanOf } from "#layers/telemetry/tracing/traceContext.ts"
import { type RequestHeaders, traceparentIn } from "./requestHeaders.ts"

/**
 * Decides whether the trace context that a client sends is trusted: the one place where that is decided. A trusted trace
 * continues in the spans of this app and in the events of the command, and its flag decides whether it is sampled. Any other is
 * linked from a new trace, and no event has it. By default every client is trusted.
 */
export const TraceTrust = Context.Reference<(headers: RequestHeaders) => boolean>("layers/http/TraceTrust", {
  defaultValue: () => () => true
})

/** Returns how the span of a request begins, from its headers: in the client's trace, or linked to it. */
export const traceOrigin = Effect.map(TraceTrust, (isTrusted) => (headers: RequestHeaders) => {
  const client = spanOf(traceparentIn(headers))
  if (client === undefined) return {}
  return isTrusted(headers) ? { parent: client } : { links: [{ span: client, attributes: {} }] }
})
