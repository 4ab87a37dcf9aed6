import { CloudEvent } from "cloudevents"
import { Result, Schema } from "effect"
import { CallersId, type Headers } from "./headers.ts"
import type { Wrong } from "./problems.ts"
import { wrongsOf } from "./wrong.ts"

const NotEmpty = Schema.String.check(Schema.isMinLength(1))

const Time = Schema.String.check(
  Schema.isPattern(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/u, {
    message: "Expected a timestamp as 2022-12-12T10:00:00Z"
  }),
  Schema.makeFilter((time) => !Number.isNaN(Date.parse(time)) || "Expected a time that is in the calendar")
).annotate({ format: "date-time" })

/** The attributes of a CloudEvent that carries the command of this name. Extensions may stand beside them. */
export const attributesOf = (name: string) => ({
  specversion: Schema.Literal("1.0"),
  id: CallersId.annotate({ description: "The command id: the same id is done once" }),
  source: NotEmpty.annotate({ description: "Who sends it: a URI reference" }),
  type: Schema.Literal(name),
  subject: Schema.optionalKey(NotEmpty),
  time: Schema.optionalKey(Time),
  datacontenttype: Schema.optionalKey(
    Schema.String.check(Schema.isPattern(/^application\/json(?:\s*;.*)?$/iu, { message: "Expected application/json" }))
  ),
  dataschema: Schema.optionalKey(NotEmpty),
  correlationid: Schema.optionalKey(CallersId.annotate({ description: "What the command is part of" })),
  traceparent: Schema.optionalKey(Schema.String)
})

export interface Attributes {
  readonly id: string
  readonly correlationid?: string
  readonly traceparent?: string
}

/**
 * Reads the attributes of an event that is to carry this command. The SDK makes up an id, a time or a version where one
 * is missing, so it is asked last: whether what has all of them is a CloudEvent.
 */
export const attributesDecoder = (name: string) => {
  const decode = Schema.decodeUnknownResult(
    Schema.StructWithRest(Schema.Struct(attributesOf(name)), [Schema.Record(Schema.String, Schema.Json)]),
    { errors: "all" }
  )
  return (attributes: object): Result.Result<Attributes, ReadonlyArray<Wrong>> =>
    Result.flatMap(
      Result.mapError(decode(attributes), (error) => wrongsOf(error)),
      (event) => {
        try {
          return Result.succeed(new CloudEvent(event))
        } catch (error) {
          return Result.fail(verdict(error))
        }
      }
    )
}

const verdict = (error: unknown): ReadonlyArray<Wrong> => {
  const { errors, message } = error as { errors?: ReadonlyArray<{ instancePath?: string; message?: string }> } & Error
  return errors?.length
    ? errors.map(({ instancePath = "", message = "" }) => ({ path: instancePath.slice(1) || "body", message }))
    : [{ path: "body", message: message.split("\n")[0]! }]
}

/** The attributes of a structured event, and its data. An attribute that is null is not there. */
export const fromBody = ({ data, ...rest }: { readonly data?: unknown }) => ({
  attributes: Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)),
  data
})

const prefix = "ce-"

/** The attributes of a binary event: headers, percent-encoded as the HTTP binding asks. */
export const fromHeaders = (headers: Headers) =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value = ""]) => [name.slice(prefix.length), unescape(value)])
  )

/** What is wrong with a binary event is wrong with a header of that name. */
export const inHeaders = ({ path, message }: Wrong): Wrong => ({
  path: path === "body" ? path : `${prefix}${path}`,
  message
})

const unescape = (value: string): string => {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
