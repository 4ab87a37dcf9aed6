import { Result, Schema } from "effect"
import * as SchemaJITCompiler from "effect/schema/SchemaJITCompiler"
import type { Command } from "#domain/model/index.ts"
import { wrongsOf } from "#layers/http/problems/fieldErrors.ts"
import type { Wrong } from "#layers/http/problems/problemTypes.ts"
import {
  CallersId,
  commandIdOf,
  type Headers,
  isCallersId,
  type Mode,
  traceparentOf
} from "#layers/http/request/headers.ts"
import {
  attributesDecoder,
  commandIdOf as eventCommandId,
  type Data,
  fromBody,
  fromHeaders,
  inHeaders
} from "./cloudEventRequest.ts"

/** A command as somebody asked for it. */
export interface Asked {
  readonly input: unknown
  readonly commandId: string | undefined
  readonly correlationId: string | undefined
  readonly traceparent: string | undefined
}

/** The board's own envelope: `{ "data": { … }, "correlationId"?: … }`. */
export const envelope = ({ name, input }: Command.Any) =>
  Schema.Struct({
    data: input as Schema.Codec<unknown>,
    correlationId: Schema.optionalKey(CallersId.annotate({ description: "What the command is part of" }))
  }).annotate({ identifier: `${name}Request` })

const mostLevels = 32

const deeperThan = (levels: number, value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  (levels === 0 || Object.values(value).some((child) => deeperThan(levels - 1, child)))

const parse = (body: string, path = "body"): Result.Result<unknown, ReadonlyArray<Wrong>> => {
  const fail = (message: string) => Result.fail([{ path, message }])
  if (body.trim() === "") return fail("Expected a JSON object, got nothing")
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return fail("Expected a JSON object, got something that is not JSON")
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return fail("Expected a JSON object")
  return deeperThan(mostLevels, value) ? fail(`Expected at most ${mostLevels} levels`) : Result.succeed(value)
}

/**
 * Reads requests for a command, in each mode. Pure: header names in lower case and the body's text in, what is asked or
 * everything that is wrong out.
 */
export const requestDecoder = (command: Command.Any) => {
  const codec = Schema.toCodecJson(envelope(command))
  SchemaJITCompiler.enable(codec.ast)
  const decodeEnvelope = Schema.decodeUnknownResult(codec, {
    errors: "all",
    onExcessProperty: "error"
  })
  const decodeAttributes = attributesDecoder(command.name)

  const fromJson = (headers: Headers, body: object): Result.Result<Asked, ReadonlyArray<Wrong>> => {
    const decoded = decodeEnvelope(body)
    const fromHeader = callersHeaders(headers)
    const wrongs = [...(Result.isFailure(decoded) ? wrongsOf(decoded.failure) : []), ...fromHeader.wrongs]
    if (Result.isFailure(decoded) || wrongs.length > 0) return Result.fail(wrongs)
    const { data, correlationId = fromHeader.correlationId } = decoded.success
    return Result.succeed({ input: data, ...fromHeader, correlationId })
  }

  const fromEvent = (
    headers: Headers,
    data: Data,
    attributes: object,
    wrongWithHeaders: ReadonlyArray<Wrong>,
    at: (wrong: Wrong) => Wrong
  ): Result.Result<Asked, ReadonlyArray<Wrong>> => {
    const decoded = decodeData(data)
    const event = decodeAttributes(attributes)
    const fromHeader = callersHeaders(headers)
    const wrongs = [
      ...wrongWithHeaders.map(at),
      ...(Result.isFailure(event) ? event.failure.map(at) : []),
      ...(Result.isFailure(decoded) ? decoded.failure : []),
      ...fromHeader.wrongs
    ]
    if (Result.isFailure(event) || Result.isFailure(decoded) || wrongs.length > 0) return Result.fail(wrongs)
    const { id, correlationid, traceparent } = event.success
    if ((fromHeader.commandId ?? id) !== id) {
      return Result.fail([{ path: "idempotency-key", message: "Expected the id of the CloudEvent, or no such header" }])
    }
    return Result.succeed({
      input: decoded.success,
      commandId: eventCommandId(event.success),
      correlationId: correlationid ?? fromHeader.correlationId,
      traceparent: fromHeader.traceparent ?? traceparentOf(traceparent)
    })
  }

  const decodeData = (data: Data): Result.Result<unknown, ReadonlyArray<Wrong>> => {
    if (data._tag === "Wrong") return Result.fail([data.wrong])
    const parsed = data._tag === "Text" ? parse(data.text, "data_base64") : Result.succeed(data.value)
    return Result.flatMap(parsed, (value) =>
      Result.mapBoth(decodeEnvelope(value === undefined ? {} : { data: value }), {
        onFailure: (error) => wrongsOf(error),
        onSuccess: ({ data }) => data
      })
    )
  }

  return (mode: Mode, headers: Headers, text: string): Result.Result<Asked, ReadonlyArray<Wrong>> =>
    Result.flatMap(parse(text), (body) => {
      switch (mode) {
        case "json":
          return fromJson(headers, body as object)
        case "structured": {
          const { attributes, data } = fromBody(body as object)
          return fromEvent(headers, data, attributes, [], (wrong) => wrong)
        }
        case "binary": {
          const { attributes, wrongs } = fromHeaders(headers)
          return fromEvent(headers, { _tag: "Json", value: body }, attributes, wrongs, inHeaders)
        }
      }
    })
}

/** What a caller may say in headers, in every mode. */
const callersHeaders = (headers: Headers) => {
  const wrongs: Array<Wrong> = []
  const idempotencyKey = headers["idempotency-key"]
  const commandId = idempotencyKey === undefined ? undefined : commandIdOf(idempotencyKey)
  const correlationId = headers["x-correlation-id"]
  const message = "Expected 1 to 128 visible ASCII characters"
  if (idempotencyKey !== undefined && commandId === undefined) wrongs.push({ path: "idempotency-key", message })
  if (correlationId !== undefined && !isCallersId(correlationId)) wrongs.push({ path: "x-correlation-id", message })
  return { wrongs, commandId, correlationId, traceparent: traceparentOf(headers["traceparent"]) }
}
