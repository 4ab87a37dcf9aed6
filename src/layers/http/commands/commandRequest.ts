import { Result, Schema } from "effect"
import * as SchemaJITCompiler from "effect/schema/SchemaJITCompiler"
import { Command } from "#domain/model/index.ts"
import type { FieldError } from "#layers/http/problems/problemTypes.ts"
import { validationErrorsOf } from "#layers/http/problems/validationErrors.ts"
import {
  ClientSuppliedId,
  parseIdempotencyKey,
  type RequestHeaders,
  isClientSuppliedId,
  type ContentMode,
  traceparentOf
} from "#layers/http/request/requestHeaders.ts"
import {
  attributesDecoder,
  commandIdOf as eventCommandId,
  type EventData,
  fromBody,
  fromHeaders,
  toHeaderError
} from "./cloudEventRequest.ts"

/** A command as a client requested it. */
export interface CommandRequest {
  readonly input: unknown
  readonly commandId: string | undefined
  readonly correlationId: string | undefined
  readonly traceparent: string | undefined
}

/** The board's own envelope: `{ "data": { … }, "correlationId"?: … }`. */
export const envelope = (name: string, data: Schema.Top) =>
  Schema.Struct({
    data: data as Schema.Codec<unknown>,
    correlationId: Schema.optionalKey(ClientSuppliedId.annotate({ description: "The correlation id of the command" }))
  }).annotate({ identifier: `${name}Request` })

const maxDepth = 32

const isDeeperThan = (levels: number, value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  (levels === 0 || Object.values(value).some((child) => isDeeperThan(levels - 1, child)))

const parse = (body: string, path = "body"): Result.Result<unknown, ReadonlyArray<FieldError>> => {
  const fail = (message: string) => Result.fail([{ path, message }])
  if (body.trim() === "") return fail("Expected a JSON object, got nothing")
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return fail("Expected a JSON object, got something that is not JSON")
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return fail("Expected a JSON object")
  return isDeeperThan(maxDepth, value) ? fail(`Expected at most ${maxDepth} levels`) : Result.succeed(value)
}

const envelopeDecoder = (command: Command.Any) => {
  const codec = Schema.toCodecJson(envelope(command.name, Command.requestSchema(command)))
  SchemaJITCompiler.enable(codec.ast)
  return Schema.decodeUnknownResult(codec, { errors: "all", onExcessProperty: "error" })
}

type EnvelopeDecoder = ReturnType<typeof envelopeDecoder>

const jsonRequestDecoder =
  (decodeEnvelope: EnvelopeDecoder) =>
  (headers: RequestHeaders, body: object): Result.Result<CommandRequest, ReadonlyArray<FieldError>> => {
    const decoded = decodeEnvelope(body)
    const requestHeaders = readRequestHeaders(headers)
    const validationErrors = [
      ...(Result.isFailure(decoded) ? validationErrorsOf(decoded.failure) : []),
      ...requestHeaders.validationErrors
    ]
    if (Result.isFailure(decoded) || validationErrors.length > 0) return Result.fail(validationErrors)
    const { data, correlationId = requestHeaders.correlationId } = decoded.success
    return Result.succeed({ input: data, ...requestHeaders, correlationId })
  }

const dataDecoder =
  (decodeEnvelope: EnvelopeDecoder) =>
  (data: EventData): Result.Result<unknown, ReadonlyArray<FieldError>> => {
    if (data._tag === "Wrong") return Result.fail([data.fieldError])
    const parsed = data._tag === "Text" ? parse(data.text, "data_base64") : Result.succeed(data.value)
    return Result.flatMap(parsed, (value) =>
      Result.mapBoth(decodeEnvelope(value === undefined ? {} : { data: value }), {
        onFailure: (error) => validationErrorsOf(error),
        onSuccess: ({ data }) => data
      })
    )
  }

const eventRequestDecoder = (commandName: string, decodeEnvelope: EnvelopeDecoder) => {
  const decodeAttributes = attributesDecoder(commandName)
  const decodeData = dataDecoder(decodeEnvelope)
  return (
    headers: RequestHeaders,
    data: EventData,
    attributes: object,
    headerErrors: ReadonlyArray<FieldError>,
    relocate: (error: FieldError) => FieldError
  ): Result.Result<CommandRequest, ReadonlyArray<FieldError>> => {
    const decoded = decodeData(data)
    const event = decodeAttributes(attributes)
    const requestHeaders = readRequestHeaders(headers)
    const validationErrors = [
      ...headerErrors.map(relocate),
      ...(Result.isFailure(event) ? event.failure.map(relocate) : []),
      ...(Result.isFailure(decoded) ? decoded.failure : []),
      ...requestHeaders.validationErrors
    ]
    if (Result.isFailure(event) || Result.isFailure(decoded) || validationErrors.length > 0)
      return Result.fail(validationErrors)
    const { id, correlationid, traceparent } = event.success
    if ((requestHeaders.commandId ?? id) !== id) {
      return Result.fail([{ path: "idempotency-key", message: "Expected the id of the CloudEvent, or no such header" }])
    }
    return Result.succeed({
      input: decoded.success,
      commandId: eventCommandId(event.success),
      correlationId: correlationid ?? requestHeaders.correlationId,
      traceparent: requestHeaders.traceparent ?? traceparentOf(traceparent)
    })
  }
}

/**
 * Decodes requests for a command, in each content mode. Pure: takes the headers, with names in lower case, and the text
 * of the body; returns the request or all of its errors.
 */
export const requestDecoder = (command: Command.Any) => {
  const decodeEnvelope = envelopeDecoder(command)
  const fromJson = jsonRequestDecoder(decodeEnvelope)
  const fromEvent = eventRequestDecoder(command.name, decodeEnvelope)
  return (
    mode: ContentMode,
    headers: RequestHeaders,
    text: string
  ): Result.Result<CommandRequest, ReadonlyArray<FieldError>> =>
    Result.flatMap(parse(text), (body) => {
      switch (mode) {
        case "json":
          return fromJson(headers, body as object)
        case "structured": {
          const { attributes, data } = fromBody(body as object)
          return fromEvent(headers, data, attributes, [], (fieldError) => fieldError)
        }
        case "binary": {
          const { attributes, validationErrors } = fromHeaders(headers)
          return fromEvent(headers, { _tag: "Json", value: body }, attributes, validationErrors, toHeaderError)
        }
      }
    })
}

/** The headers that a client may send in every content mode. */
const readRequestHeaders = (headers: RequestHeaders) => {
  const validationErrors: Array<FieldError> = []
  const idempotencyKey = headers["idempotency-key"]
  const commandId = idempotencyKey === undefined ? undefined : parseIdempotencyKey(idempotencyKey)
  const correlationId = headers["x-correlation-id"]
  const message = "Expected 1 to 128 visible ASCII characters"
  if (idempotencyKey !== undefined && commandId === undefined)
    validationErrors.push({ path: "idempotency-key", message })
  if (correlationId !== undefined && !isClientSuppliedId(correlationId))
    validationErrors.push({ path: "x-correlation-id", message })
  return { validationErrors, commandId, correlationId, traceparent: traceparentOf(headers["traceparent"]) }
}
