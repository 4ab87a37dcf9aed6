import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiSchema, OpenApi } from "effect/http-api"
import { Progress } from "#layers/contract/operationsSchema.ts"
import type { ErrorSchemas } from "#layers/http/problems/problemSchemas.ts"
import { type ProblemType, problems } from "#layers/http/problems/problemTypes.ts"
import {
  withNumericBounds,
  correlationHeader,
  optionalFields,
  describedString
} from "#layers/http/request/endpointSchemas.ts"
import { sseSchema } from "#layers/http/response/sse.ts"

/** Problems of all routes for the board and its log. */
export const baseProblems = [
  problems.InvalidRequest,
  problems.RouteNotFound,
  problems.MethodNotAllowed,
  problems.InternalError
]

/** Problems of routes that need the counts of events. */
export const countProblems = [
  ...baseProblems,
  problems.StillCounting,
  problems.LogUnavailable,
  problems.StoreUnavailable
]

/** Problems of routes that may read much of the log. */
export const scanProblems = [...countProblems, problems.TooBusy, problems.ScanTooLong]

export const ifNoneMatchHeader = {
  "if-none-match": describedString("Respond with 304 if the content still has this ETag")
}
export const notModified = HttpApiSchema.Empty(304).annotate({ description: "The content still has that ETag" })

interface EndpointDescription {
  readonly summary: string
  readonly description?: string
  readonly params?: Readonly<Record<string, Schema.Top>>
  /** Optional parameters of the query. */
  readonly query?: Readonly<Record<string, Schema.Top>>
  /** Required parameters of the query. */
  readonly requiredQuery?: Readonly<Record<string, Schema.Top>>
  readonly headers?: Readonly<Record<string, Schema.Top>>
  readonly success: ReadonlyArray<Schema.Top> | Schema.Top
  readonly problemTypes: ReadonlyArray<ProblemType>
}

export const positionSchema = (description: string) =>
  Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)).annotate({ description })

/** Makes a GET endpoint from its description; `errors` are the schemas of its problems. */
export const endpointFactory =
  (errors: ErrorSchemas) => (name: string, path: `/${string}`, described: EndpointDescription) => {
    const { description, headers, requiredQuery, params, query, success, summary, problemTypes } = described
    return HttpApiEndpoint.get(name, path, {
      ...(params && { params: Schema.Struct(params) }),
      ...((query || requiredQuery) && { query: Schema.Struct({ ...requiredQuery, ...optionalFields(query ?? {}) }) }),
      ...(headers && { headers: Schema.Struct(optionalFields(headers)) }),
      success: success as never,
      error: errors(problemTypes, correlationHeader) as never
    }).annotateMerge(
      OpenApi.annotations({
        summary,
        ...(description !== undefined && { description }),
        transform: withNumericBounds({ ...params, ...requiredQuery, ...query })
      })
    )
  }

/** A response as server-sent events: its progress, then the result or a problem. */
export const progressResponse = (result: Schema.Constraint) =>
  sseSchema({ progress: Progress, result, problem: Schema.JsonObject })
