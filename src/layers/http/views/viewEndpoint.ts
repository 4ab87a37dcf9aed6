import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiSchema, OpenApi } from "effect/http-api"
import type { Slice } from "#domain/model/index.ts"
import type { ErrorSchemas } from "#layers/http/problems/problemSchemas.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import {
  withNumericBounds,
  correlationHeader,
  etagHeader,
  optionalFields,
  operationDescription,
  describedString
} from "#layers/http/request/endpointSchemas.ts"
import { parametersOf } from "#layers/http/request/keyParams.ts"
import { servedRowSchema } from "#layers/views/row.ts"

const query = {
  after: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)).annotate({
    description: "Respond once the view has reached this position of the log"
  })
}

const ageHeader = describedString(
  "Seconds for which the row could not be checked, because the store was unreachable; absent while it can be"
)

const headers = { "if-none-match": describedString("Respond with 304 if the row still has this ETag") }

const viewProblems = [
  problems.InvalidRequest,
  problems.RouteNotFound,
  problems.MethodNotAllowed,
  problems.InternalError,
  problems.ViewBehind,
  problems.ViewRebuilding,
  problems.StoreUnavailable,
  problems.LogUnavailable
]

/** A view as an endpoint, named after it: the fields of its key in the path, its row, and its problems. */
export const viewEndpoint = (slice: Slice.View<any, any>, errors: ErrorSchemas) => {
  const { by, key, shows, title } = slice
  const parameters = parametersOf(key)
  const missingParameter = Object.keys(parameters).find((name) => !by.path.split("/").includes(`:${name}`))
  if (missingParameter !== undefined)
    throw new Error(`The path of ${shows.name}, ${by.path}, has no :${missingParameter} of its key.`)
  return HttpApiEndpoint.make(by.method)(shows.name, by.path, {
    params: Schema.Struct(parameters),
    query: Schema.Struct(optionalFields(query)),
    headers: Schema.Struct(optionalFields(headers)),
    success: [
      HttpApiSchema.WithHeaders(servedRowSchema(slice) as Schema.Top, {
        ...etagHeader,
        ...optionalFields({ age: ageHeader })
      }),
      HttpApiSchema.Empty(304).annotate({ description: "The row still has that ETag" })
    ] as never,
    error: errors(viewProblems, correlationHeader)
  }).annotateMerge(
    OpenApi.annotations({
      summary: title,
      description: operationDescription(slice),
      transform: withNumericBounds({ ...parameters, ...query })
    })
  )
}
