import { flow, Schema } from "effect"
import { HttpApiEndpoint, OpenApi } from "effect/http-api"
import type { Access } from "#layers/access/Access.ts"
import { sseMediaType } from "#layers/http/checks/negotiation.ts"
import type { ErrorSchemas } from "#layers/http/problems/problemSchemas.ts"
import { mediaTypes, problems, type ProblemType } from "#layers/http/problems/problemTypes.ts"
import { accessOperation, problemsOfAccess } from "./accessDescription.ts"
import { correlationHeader, optionalFields, withNumericBounds } from "./endpointSchemas.ts"
import type { Parameters } from "./parameters.ts"

/** Everything that the API says about an endpoint; its route is made from the same declaration. */
export interface EndpointDeclaration<
  Params extends Parameters = Parameters,
  Query extends Parameters = Parameters,
  Headers extends Parameters = Parameters,
  Payload = any
> {
  readonly name: string
  readonly method: "GET" | "POST" | "PUT"
  readonly path: `/${string}`
  /** Who may use it, where the app authenticates. */
  readonly access: Access
  readonly summary: string
  readonly description?: string
  readonly params?: Params
  /** Any other parameter is rejected. */
  readonly query?: Query
  /** Other headers are ignored. */
  readonly headers?: Headers
  readonly payload?: Schema.Codec<Payload, any>
  readonly success: ReadonlyArray<Schema.Top> | Schema.Top
  /** The media type of the successes, if it is not JSON without a name of its own. */
  readonly mediaType?: string
  /** Responses with the status of an error that are no problems. */
  readonly unsuccessful?: ReadonlyArray<Schema.Top>
  /** The problems that its handler responds with, besides those that every route has. */
  readonly problemTypes: ReadonlyArray<ProblemType>
}

/** Keeps the types of the parameters. */
export const declareEndpoint = <
  const Params extends Parameters = {},
  const Query extends Parameters = {},
  const Headers extends Parameters = {},
  Payload = undefined
>(
  declaration: EndpointDeclaration<Params, Query, Headers, Payload>
) => declaration

const successesOf = ({ success }: EndpointDeclaration): ReadonlyArray<Schema.Top> =>
  Array.isArray(success) ? success : [success as Schema.Top]

/** The media types that an endpoint offers, the default first. */
export const mediaTypesOf = (declaration: EndpointDeclaration): ReadonlyArray<string> => {
  const isStream = (success: Schema.Top) => "_tag" in success && success["_tag"] === "StreamSse"
  const successes = successesOf(declaration)
  const { mediaType = mediaTypes.json } = declaration
  return [...(successes.every(isStream) ? [] : [mediaType]), ...(successes.some(isStream) ? [sseMediaType] : [])]
}

/** The problems that the route has before its handler runs. */
const routeProblems = ({ access, method, path, payload }: EndpointDeclaration) => [
  ...problemsOfAccess(access, path),
  problems.InvalidRequest,
  problems.RouteNotFound,
  problems.MethodNotAllowed,
  problems.InternalError,
  ...(method === "GET" ? [] : [problems.UnsupportedMediaType]),
  ...(payload ? [problems.BodyTooLarge] : [])
]

const schemasIn = (parameters: Parameters): Record<string, Schema.Top> =>
  Object.fromEntries(Object.entries(parameters).map(([name, { schema }]) => [name, schema]))

const structOf = (parameters: Parameters) => {
  const isRequired = ([, { isRequired }]: [string, Parameters[string]]) => isRequired
  const entries = Object.entries(parameters)
  return Schema.Struct({
    ...schemasIn(Object.fromEntries(entries.filter(isRequired))),
    ...optionalFields(schemasIn(Object.fromEntries(entries.filter((entry) => !isRequired(entry)))))
  })
}

/** The declared endpoint as a part of the API; `errors` are the schemas of its problems. */
export const toApiEndpoint =
  (errors: ErrorSchemas) =>
  (declaration: EndpointDeclaration): HttpApiEndpoint.Constraint => {
    const { access, description, headers, method, name, params, path, payload, problemTypes, query, summary } =
      declaration
    return HttpApiEndpoint.make(method)(name, path, {
      ...(params && { params: Schema.Struct(schemasIn(params)) }),
      ...(query && { query: structOf(query) }),
      ...(headers && { headers: structOf(headers) }),
      ...(payload && { payload: payload as never }),
      success: successesOf(declaration) as never,
      error: [
        ...errors([...routeProblems(declaration), ...problemTypes], correlationHeader),
        ...(declaration.unsuccessful ?? [])
      ] as never
    }).annotateMerge(
      OpenApi.annotations({
        summary,
        ...(description !== undefined && { description }),
        transform: flow(withNumericBounds(schemasIn({ ...params, ...query })), accessOperation(access))
      })
    )
  }
