import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiSchema, OpenApi } from "effect/http-api"
import type { Event, Slice } from "#domain/model/index.ts"
import { inputOf } from "#layers/blueprint/scenarioEntries.ts"
import { Receipt } from "#layers/commands/Receipt.ts"
import { DryRun } from "#layers/contract/operationsSchema.ts"
import type { Errors } from "#layers/http/problems/problemSchemas.ts"
import { mediaTypes, problems, refused } from "#layers/http/problems/problemTypes.ts"
import { CallersId } from "#layers/http/request/headers.ts"
import { correlated, etag, optional, prose, said } from "#layers/http/request/parameters.ts"
import { attributesOf } from "./cloudEventRequest.ts"
import { envelope } from "./commandRequest.ts"

const binary = "CloudEvents binary mode: the attribute of that name. The body is then the data itself."

const headers = {
  "idempotency-key": CallersId.annotate({
    description: "The command id: what was done under it is not done again, but answered again"
  }),
  "x-correlation-id": CallersId.annotate({
    description: "What the command is part of, where the body does not say it"
  }),
  traceparent: said("W3C trace context"),
  ...Object.fromEntries(
    ["specversion", "id", "type", "source", "time", "correlationid"].map((name) => [`ce-${name}`, said(binary)])
  )
}

const everywhere = [problems.InvalidRequest, problems.RouteNotFound, problems.MethodNotAllowed]
const besidesRefusals = [
  problems.BodyTooLarge,
  problems.UnsupportedMediaType,
  problems.CommandIdReused,
  problems.TooManyEvents,
  problems.MessageTooLarge,
  problems.TooManyRefusals,
  problems.InternalError,
  problems.InvalidDecision,
  problems.WriteRejected,
  problems.LogUnavailable,
  problems.FactUnreadable,
  problems.LogDamaged,
  problems.LogFull,
  problems.Contended
]

/** What a scenario of the slice does: an example that is true. */
const exampleOf = (slice: Slice.Change<any>): ReadonlyArray<{ readonly data: unknown }> => {
  const data = inputOf(slice)
  return data === null ? [] : [{ data }]
}

const query = {
  dryRun: Schema.Literals(["true", "false"]).annotate({
    description: "`true`: say what would be added, or why not, and write nothing"
  })
}

/** The JSON envelope, the data itself for binary mode, or a structured CloudEvent. */
const payloads = (slice: Slice.Change<any>) => {
  const { command } = slice
  const data = command.input.annotate({ identifier: command.name })
  const event = Schema.StructWithRest(Schema.Struct({ ...attributesOf(command.name), data }), [
    Schema.Record(Schema.String, Schema.Json)
  ])
  return [
    envelope({ ...command, input: data }).annotate({ examples: exampleOf(slice) as never }),
    data,
    event
      .annotate({ identifier: `${command.name}CloudEvent` })
      .pipe(HttpApiSchema.asJson({ contentType: mediaTypes.cloudEvent }))
  ]
}

/** A command as an endpoint, named after it, with all that it answers. */
export const commandEndpoint = (slice: Slice.Change<any>, errors: Errors) => {
  const { by, command, title } = slice
  const refusals = command.refuses.map((refusal: Event.Any) => refused(refusal))
  const answered = { ...etag, ...correlated }
  return HttpApiEndpoint.make(by.method)(command.name, by.path, {
    query: Schema.Struct(optional(query)),
    headers: Schema.Struct(optional(headers)),
    payload: payloads(slice) as never,
    success: [
      HttpApiSchema.WithHeaders(Receipt.pipe(HttpApiSchema.status(201)), answered).annotate({
        description: "Done, now or before"
      }),
      HttpApiSchema.WithHeaders(Schema.Union([Receipt, DryRun]), optional(answered)).annotate({
        description: "Nothing had to be done, or, with `dryRun`, what would be"
      })
    ],
    error: errors([...everywhere, ...refusals, ...besidesRefusals], correlated)
  }).annotateMerge(OpenApi.annotations({ summary: title, description: prose(slice) }))
}
