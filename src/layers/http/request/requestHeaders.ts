import { Schema } from "effect"
import { isJsonType } from "#layers/http/commands/cloudEventTypes.ts"
import { mediaTypes } from "#layers/http/problems/problemTypes.ts"

export type RequestHeaders = Readonly<Record<string, string | undefined>>

const visibleAscii = /^[\x21-\x7e]{1,128}$/u

/** An id that the client chose: a command id or a correlation id. */
export const ClientSuppliedId = Schema.String.check(
  Schema.isPattern(visibleAscii, { message: "Expected 1 to 128 visible ASCII characters" })
)

export const isClientSuppliedId = (value: string | undefined): value is string =>
  value !== undefined && visibleAscii.test(value)

/** The correlation id in the headers, if there is a valid one. */
export const correlationIdOf = (headers: RequestHeaders): string | undefined => {
  const given = headers["x-correlation-id"]
  return isClientSuppliedId(given) ? given : undefined
}

const quotedIdPattern = /^"((?:[^"\\]|\\["\\])*)"$/u

/** The id in an Idempotency-Key header: bare, or quoted as a structured field; `undefined` if it is not valid. */
export const parseIdempotencyKey = (idempotencyKey: string): string | undefined => {
  const inner = quotedIdPattern.exec(idempotencyKey)?.[1]?.replace(/\\(["\\])/gu, "$1")
  const id = inner ?? (idempotencyKey.startsWith('"') ? undefined : idempotencyKey)
  return isClientSuppliedId(id) ? id : undefined
}

const traceparentPattern = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?=$|-)/u

/** The value if it is a W3C trace context; any other is ignored, as that standard requires. */
export const traceparentOf = (value: unknown): string | undefined =>
  typeof value === "string" && traceparentPattern.test(value) && (!value.startsWith("00") || value.length === 55)
    ? value.slice(0, 256)
    : undefined

/**
 * The trace context in the headers, also of a binary CloudEvent. One in the body of a structured CloudEvent is known later; the span
 * of the command is linked to that.
 */
export const traceparentIn = (headers: RequestHeaders): string | undefined =>
  traceparentOf(headers["traceparent"]) ?? traceparentOf(headers["ce-traceparent"])

/** `json` is the board's own envelope; the other two are CloudEvents, in one body or with attributes as headers. */
export type ContentMode = "json" | "structured" | "binary"

const binaryHeaders = ["ce-specversion", "ce-id", "ce-type", "ce-source"]
const utf8Charset = /^charset="?utf-?8"?$/iu

const contentTypeOf = (headers: RequestHeaders) => {
  const [type = "", ...parameters] = (headers["content-type"] ?? "").split(";").map((part) => part.trim())
  return { type: type.toLowerCase(), parameters }
}

/** The content mode of a request; `undefined` if its content type or encoding is not supported. */
export const contentModeOf = (headers: RequestHeaders): ContentMode | undefined => {
  const { parameters, type } = contentTypeOf(headers)
  const isOtherCharset = parameters.some((parameter) => /^charset=/iu.test(parameter) && !utf8Charset.test(parameter))
  if (isOtherCharset || (headers["content-encoding"] ?? "identity").toLowerCase() !== "identity") return undefined
  if (type === mediaTypes.cloudEvent) return "structured"
  if (type.startsWith("application/cloudevents")) return undefined
  if (isJsonType(type) && binaryHeaders.some((name) => headers[name] !== undefined)) return "binary"
  return type === mediaTypes.json ? "json" : undefined
}

/** Whether the body is a batch of CloudEvents, which no route supports. */
export const isBatch = (headers: RequestHeaders): boolean =>
  contentTypeOf(headers).type.startsWith("application/cloudevents-batch")
