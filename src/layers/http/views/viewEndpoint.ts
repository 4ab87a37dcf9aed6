import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiSchema, OpenApi } from "effect/http-api"
import type { Slice } from "#domain/model/index.ts"
import type { Errors } from "#layers/http/problems/problemSchemas.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { parametersOf } from "#layers/http/request/keyParameters.ts"
import { bounded, correlated, etag, optional, prose, said } from "#layers/http/request/parameters.ts"
import { shownRowSchema } from "#layers/views/row.ts"

const query = {
  after: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)).annotate({
    description: "Answer once the view knows this position of the log"
  })
}

const age = said("For how many seconds nobody could look whether the row is still so; absent while somebody can")

const headers = { "if-none-match": said("Answer 304 if the row still has this ETag") }

const wrong = [
  problems.InvalidRequest,
  problems.RouteNotFound,
  problems.MethodNotAllowed,
  problems.InternalError,
  problems.ViewBehind,
  problems.ViewRebuilding,
  problems.StoreUnavailable,
  problems.LogUnavailable
]

/** A view as an endpoint, named after it: the words of its key in the path, its row, and all that it answers besides. */
export const viewEndpoint = (slice: Slice.View<any, any>, errors: Errors) => {
  const { by, key, shows, title } = slice
  const parameters = parametersOf(key)
  const lost = Object.keys(parameters).find((name) => !by.path.split("/").includes(`:${name}`))
  if (lost !== undefined) throw new Error(`The path of ${shows.name}, ${by.path}, has no :${lost} of its key.`)
  return HttpApiEndpoint.make(by.method)(shows.name, by.path, {
    params: Schema.Struct(parameters),
    query: Schema.Struct(optional(query)),
    headers: Schema.Struct(optional(headers)),
    success: [
      HttpApiSchema.WithHeaders(shownRowSchema(slice) as Schema.Top, { ...etag, ...optional({ age }) }),
      HttpApiSchema.Empty(304).annotate({ description: "The row still has that ETag" })
    ] as never,
    error: errors(wrong, correlated)
  }).annotateMerge(
    OpenApi.annotations({
      summary: title,
      description: prose(slice),
      transform: bounded({ ...parameters, ...query })
    })
  )
}
