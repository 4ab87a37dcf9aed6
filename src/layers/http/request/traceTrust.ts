import { Context } from "effect"
import type { RequestHeaders } from "./requestHeaders.ts"

/**
 * Decides whether the trace context that a client sends is believed: the one place where that is decided. A trace that is believed
 * goes on in the spans of this app and in the events of the command, and its flag decides whether it is sampled. One that is not
 * is linked from a new trace, and no event has it. By default every client is believed.
 */
export const TraceTrust = Context.Reference<(headers: RequestHeaders) => boolean>("layers/http/TraceTrust", {
  defaultValue: () => () => true
})
