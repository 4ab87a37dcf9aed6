import { Option, Tracer } from "effect"
import { Headers } from "effect/http"
import { w3c } from "effect/http/HttpTraceContext"

/** The span that a `traceparent` names; undefined if there is none, or it is of a version that is not known. */
export const spanOf = (traceparent: string | undefined): Tracer.ExternalSpan | undefined =>
  traceparent === undefined ? undefined : Option.getOrUndefined(w3c(Headers.fromRecordUnsafe({ traceparent })))

/** The W3C trace context that names this span as the parent of what follows. */
export const traceparentOfSpan = ({ sampled, spanId, traceId }: Tracer.AnySpan): string =>
  `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`

/** Whether this trace context is there, and says that its trace is not exported. */
export const isUnsampled = (traceparent: string | undefined): boolean => traceparent?.endsWith("-00") === true
