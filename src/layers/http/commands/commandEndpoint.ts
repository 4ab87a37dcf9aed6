import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiSchema, OpenApi } from "effect/http-api"
import { Command, type Event, type Slice } from "#domain/model/index.ts"
import { sendersOf } from "#layers/access/Access.ts"
import { inputOf } from "#layers/blueprint/scenarioEntries.ts"
import { Receipt } from "#layers/commands/Receipt.ts"
import { DryRun } from "#layers/contract/operationsSchema.ts"
import type { ErrorSchemas } from "#layers/http/problems/problemSchemas.ts"
import { mediaTypes, problems, rejectionProblem } from "#layers/http/problems/problemTypes.ts"
import { accessOperation, problemsOfAccess } from "#layers/http/request/accessDescription.ts"
import {
  correlationHeader,
  etagHeader,
  optionalFields,
  operationDescription,
  describedString
} from "#layers/http/request/endpointSchemas.ts"
import { ClientSuppliedId } from "#layers/http/request/requestHeaders.ts"
import { attributeFields } from "./cloudEventRequest.ts"
import { envelope } from "./commandRequest.ts"

const binaryModeDescription = "CloudEvents binary mode: the attribute of that name. The body is then the data itself."

const headers = {
  "idempotency-key": ClientSuppliedId.annotate({
    description: "The command id: a repeated command is not executed again; it gets the first response again"
  }),
  "x-correlation-id": ClientSuppliedId.annotate({
    description: "The correlation id of the command, if the body has none"
  }),
  traceparent: describedString("W3C trace context"),
  ...Object.fromEntries(
    ["specversion", "id", "type", "source", "time", "correlationid"].map((name) => [
      `ce-${name}`,
      describedString(binaryModeDescription)
    ])
  )
}

const requestProblems = [problems.InvalidRequest, problems.RouteNotFound, problems.MethodNotAllowed]
const commandProblems = [
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

/** An example from a scenario of the slice, which the tests run. */
const exampleOf = (slice: Slice.CommandSlice<any>): ReadonlyArray<{ readonly data: unknown }> => {
  const data = inputOf(slice)
  return data === null ? [] : [{ data }]
}

const query = {
  dryRun: Schema.Literals(["true", "false"]).annotate({
    description: "`true`: respond with the events that the command would append, or its rejection, and write nothing"
  })
}

/** The JSON envelope, the data itself for binary mode, or a structured CloudEvent. */
const payloads = (slice: Slice.CommandSlice<any>) => {
  const { command } = slice
  const data = Command.requestSchema(command).annotate({ identifier: command.name })
  const event = Schema.StructWithRest(Schema.Struct({ ...attributeFields(command.name), data }), [
    Schema.Record(Schema.String, Schema.Json)
  ])
  return [
    envelope(command.name, data).annotate({ examples: exampleOf(slice) as never }),
    data,
    event
      .annotate({ identifier: `${command.name}CloudEvent` })
      .pipe(HttpApiSchema.asJson({ contentType: mediaTypes.cloudEvent }))
  ]
}

/** A command as an endpoint, named after it, with all its responses. */
export const commandEndpoint = (slice: Slice.CommandSlice<any>, errors: ErrorSchemas) => {
  const { by, command, title } = slice
  const access = sendersOf(by)
  const rejectionProblems = command.rejects.map((rejection: Event.Any) => rejectionProblem(rejection))
  const responseHeaders = { ...etagHeader, ...correlationHeader }
  return HttpApiEndpoint.make(by.method)(command.name, by.path, {
    query: Schema.Struct(optionalFields(query)),
    headers: Schema.Struct(optionalFields(headers)),
    payload: payloads(slice) as never,
    success: [
      HttpApiSchema.WithHeaders(Receipt.pipe(HttpApiSchema.status(201)), responseHeaders).annotate({
        description: "Accepted: its events are in the log, from this request or an earlier one"
      }),
      HttpApiSchema.WithHeaders(Schema.Union([Receipt, DryRun]), optionalFields(responseHeaders)).annotate({
        description: "Nothing had to be done; or, with `dryRun`, the events that would be appended"
      })
    ],
    error: errors(
      [...requestProblems, ...problemsOfAccess(access, by.path), ...rejectionProblems, ...commandProblems],
      correlationHeader
    )
  }).annotateMerge(
    OpenApi.annotations({
      summary: title,
      description: operationDescription(slice),
      transform: accessOperation(access)
    })
  )
}
