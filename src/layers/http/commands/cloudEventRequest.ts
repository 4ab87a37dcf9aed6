import { Result, Schema } from "effect"
import type { FieldError } from "#layers/http/problems/problemTypes.ts"
import { validationErrorsOf } from "#layers/http/problems/validationErrors.ts"
import { ClientSuppliedId, type RequestHeaders } from "#layers/http/request/requestHeaders.ts"
import { deriveId } from "#layers/services/Ids.ts"
import { Extension, isAttributeName, JsonContentType, Text, Timestamp, UriReference } from "./cloudEventTypes.ts"

/** The attributes of a CloudEvent that carries the command of this name. Extension attributes are allowed too. */
export const attributeFields = (name: string) => ({
  specversion: Schema.Literal("1.0"),
  id: Text.annotate({ description: "With `source` the identity of the command: the same event is executed once" }),
  source: UriReference.annotate({ description: "The sender: a URI reference" }),
  type: Schema.Literal(name),
  subject: Schema.optionalKey(Text),
  time: Schema.optionalKey(Timestamp),
  datacontenttype: Schema.optionalKey(JsonContentType),
  dataschema: Schema.optionalKey(UriReference),
  correlationid: Schema.optionalKey(ClientSuppliedId.annotate({ description: "The correlation id of the command" })),
  traceparent: Schema.optionalKey(Text)
})

interface CloudEventAttributes {
  readonly id: string
  readonly source: string
  readonly correlationid?: string
  readonly traceparent?: string
}

/** A longer command id is replaced by a digest. */
const maxIdLength = 256

/**
 * The command id of a CloudEvent: `source` and `id`, which together identify the event. A source contains no space, so
 * two events never share a command id, and an `Idempotency-Key`, which has no space either, never equals one. Long ids
 * are replaced by a digest.
 */
export const commandIdOf = ({ id, source }: Pick<CloudEventAttributes, "id" | "source">): string => {
  const identity = `${source} ${id}`
  return identity.length <= maxIdLength ? identity : deriveId(identity)
}

/** Decodes the attributes of a CloudEvent that carries the command of this name. */
export const attributesDecoder = (name: string) => {
  const fields = attributeFields(name)
  const decode = Schema.decodeUnknownResult(Schema.Struct(fields), { errors: "all" })
  const decodeExtensions = Schema.decodeUnknownResult(Schema.Record(Schema.String, Extension), { errors: "all" })
  return (attributes: object): Result.Result<CloudEventAttributes, ReadonlyArray<FieldError>> => {
    const extensions = Object.entries(attributes).filter(([name]) => !Object.hasOwn(fields, name))
    const decoded = decode(attributes)
    const decodedExtensions = decodeExtensions(Object.fromEntries(extensions))
    const validationErrors = [
      ...(Result.isFailure(decoded) ? validationErrorsOf(decoded.failure) : []),
      ...(Result.isFailure(decodedExtensions) ? validationErrorsOf(decodedExtensions.failure) : []),
      ...extensions
        .filter(([name]) => !isAttributeName(name))
        .map(([name]) => ({ path: "body", message: `Expected attributes named with a-z and 0-9, not "${name}"` }))
    ]
    return Result.isFailure(decoded) || validationErrors.length > 0
      ? Result.fail(validationErrors)
      : Result.succeed(decoded.success)
  }
}

/** The data of a CloudEvent: a JSON value, JSON text from base64, or an error. */
export type EventData =
  | { readonly _tag: "Json"; readonly value: unknown }
  | { readonly _tag: "Text"; readonly text: string }
  | { readonly _tag: "Wrong"; readonly fieldError: FieldError }

const utf8 = new TextDecoder("utf-8", { fatal: true })

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/u

const fromBase64 = (text: unknown): EventData => {
  const invalid = (message: string): EventData => ({ _tag: "Wrong", fieldError: { path: "data_base64", message } })
  if (typeof text !== "string" || !base64.test(text)) return invalid("Expected base64")
  try {
    return { _tag: "Text", text: utf8.decode(Buffer.from(text, "base64")) }
  } catch {
    return invalid("Expected the base64 of text in UTF-8")
  }
}

/** The attributes and data of a structured event. An attribute that is null counts as absent. */
export const fromBody = (body: { readonly data?: unknown; readonly data_base64?: unknown }) => {
  const { data, data_base64, ...rest } = body
  const attributes = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null))
  const bothGivenError = { path: "data_base64", message: "Expected data or data_base64, not both" }
  const isBinary = data_base64 !== undefined && data_base64 !== null
  const eventData: EventData = !isBinary
    ? { _tag: "Json", value: data }
    : "data" in body
      ? { _tag: "Wrong", fieldError: bothGivenError }
      : fromBase64(data_base64)
  return { attributes, data: eventData }
}

const attributeHeaderPrefix = "ce-"

/**
 * The attributes of a binary event from its headers (HTTP binding, section 3.1.3): unquoted first, then percent-decoded
 * once. A `%` that begins no escape is literal, since older senders did not escape it.
 */
export const fromHeaders = (
  headers: RequestHeaders
): { readonly attributes: Record<string, string>; readonly validationErrors: ReadonlyArray<FieldError> } => {
  const attributes: Record<string, string> = {}
  const validationErrors: Array<FieldError> = []
  for (const [header, value = ""] of Object.entries(headers)) {
    if (!header.startsWith(attributeHeaderPrefix)) continue
    const name = header.slice(attributeHeaderPrefix.length)
    const decoded = decodeHeader(value)
    if (decoded === undefined)
      validationErrors.push({ path: name, message: "Expected ASCII, with UTF-8 percent-encoded" })
    if (name === "datacontenttype")
      validationErrors.push({ path: name, message: "Expected it in the header Content-Type" })
    attributes[name] = decoded ?? ""
  }
  return { attributes, validationErrors }
}

/** An error in an attribute of a binary event, with the name of its header as path. */
export const toHeaderError = ({ path, message }: FieldError): FieldError => ({
  path: path === "body" ? path : `${attributeHeaderPrefix}${path}`,
  message
})

const quotedString = /^"((?:[^"\\]|\\.)*)"$/u

/** `undefined` for text that is not ASCII, or that escapes bytes that are not UTF-8. */
const decodeHeader = (value: string): string | undefined => {
  if (!/^[\t\x20-\x7e]*$/u.test(value)) return undefined
  const inner = quotedString.exec(value)?.[1]?.replace(/\\(.)/gu, "$1") ?? value
  try {
    return inner.replace(/(?:%[0-9A-Fa-f]{2})+/gu, decodeURIComponent)
  } catch {
    return undefined
  }
}
