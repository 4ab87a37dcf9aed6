import { Schema } from "effect"
import { isJsonType } from "#layers/http/commands/cloudEventTypes.ts"
import { mediaTypes } from "#layers/http/problems/problemTypes.ts"

export type Headers = Readonly<Record<string, string | undefined>>

const visible = /^[\x21-\x7e]{1,128}$/u

/** An id that a caller made: for a command, or for what it is part of. */
export const CallersId = Schema.String.check(
  Schema.isPattern(visible, { message: "Expected 1 to 128 visible ASCII characters" })
)

export const isCallersId = (value: string | undefined): value is string => value !== undefined && visible.test(value)

/** What the request says it is part of, if it says so in a header. */
export const correlationIdOf = (headers: Headers): string | undefined => {
  const given = headers["x-correlation-id"]
  return isCallersId(given) ? given : undefined
}

const quoted = /^"((?:[^"\\]|\\["\\])*)"$/u

/** The header's value as an id: bare, or quoted as the RFC's structured field has it; `undefined` if it is none. */
export const commandIdOf = (idempotencyKey: string): string | undefined => {
  const inner = quoted.exec(idempotencyKey)?.[1]?.replace(/\\(["\\])/gu, "$1")
  const id = inner ?? (idempotencyKey.startsWith('"') ? undefined : idempotencyKey)
  return isCallersId(id) ? id : undefined
}

const traceparent = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?=$|-)/u

/** The value if it is a W3C trace context; what is none is ignored, as that standard asks. */
export const traceparentOf = (value: unknown): string | undefined =>
  typeof value === "string" && traceparent.test(value) && (!value.startsWith("00") || value.length === 55)
    ? value.slice(0, 256)
    : undefined

/** `json` is the board's own envelope; the other two are CloudEvents, in one body or with attributes as headers. */
export type Mode = "json" | "structured" | "binary"

const binaryHeaders = ["ce-specversion", "ce-id", "ce-type", "ce-source"]
const utf8 = /^charset="?utf-?8"?$/iu

const contentTypeOf = (headers: Headers) => {
  const [type = "", ...parameters] = (headers["content-type"] ?? "").split(";").map((part) => part.trim())
  return { type: type.toLowerCase(), parameters }
}

/** In which mode a request speaks, or `undefined` if its content type is none that is taken. */
export const modeOf = (headers: Headers): Mode | undefined => {
  const { parameters, type } = contentTypeOf(headers)
  const strange = parameters.some((parameter) => /^charset=/iu.test(parameter) && !utf8.test(parameter))
  if (strange || (headers["content-encoding"] ?? "identity").toLowerCase() !== "identity") return undefined
  if (type === mediaTypes.cloudEvent) return "structured"
  if (type.startsWith("application/cloudevents")) return undefined
  if (isJsonType(type) && binaryHeaders.some((name) => headers[name] !== undefined)) return "binary"
  return type === mediaTypes.json ? "json" : undefined
}

/** Whether the body is several CloudEvents in one, which no route takes. */
export const isBatch = (headers: Headers): boolean =>
  contentTypeOf(headers).type.startsWith("application/cloudevents-batch")
