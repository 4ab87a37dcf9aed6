import { Cause, Context, Logger, References, Tracer } from "effect"

/** `pretty` for people, `json` for programs: one object on each line. */
export type LogFormat = "pretty" | "json"

const textOf = (message: unknown): string => (typeof message === "string" ? message : JSON.stringify(message))

/**
 * `{"time":…,"level":"WARN","message":…,"correlationId":…,"trace_id":…,"span_id":…,"cause":…}`, with the fields that are known.
 * The names of the trace's fields are those of OpenTelemetry for logs that are not OTLP.
 */
const jsonLine = Logger.make<unknown, string>(({ cause, date, fiber, logLevel, message }) => {
  const span = Context.getOrUndefined(fiber.context, Tracer.ParentSpan)
  return JSON.stringify({
    time: date.toISOString(),
    level: logLevel.toUpperCase(),
    message: (Array.isArray(message) ? message : [message]).map(textOf).join(" "),
    ...fiber.getRef(References.CurrentLogAnnotations),
    ...(span && { trace_id: span.traceId, span_id: span.spanId }),
    ...(cause.reasons.length > 0 && { cause: Cause.pretty(cause) })
  })
})

/** Writes logs to stdout in this format. */
export const layer = (format: LogFormat) =>
  Logger.layer([format === "json" ? Logger.withConsoleLog(jsonLine) : Logger.consolePretty()])
