import { Effect, Result } from "effect"
import { HttpRouter, HttpServerRequest, type HttpServerResponse } from "effect/http"
import { withAccess } from "#layers/http/checks/accessGuard.ts"
import { negotiated } from "#layers/http/checks/negotiation.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { invalidRequest, toProblem } from "#layers/http/problems/toProblem.ts"
import { problemResponse } from "#layers/http/response/responses.ts"
import { type EndpointDeclaration, mediaTypesOf } from "./endpointDeclaration.ts"
import type { Parameter, Parameters } from "./parameters.ts"
import { validationErrorsIn } from "./queryParams.ts"
import { jsonBodyReader } from "./requestBody.ts"
import { contentModeOf, correlationIdOf } from "./requestHeaders.ts"
import { headerReader, pathReader, requiredQueryReader } from "./requestReaders.ts"

type ValueOf<P> = P extends Parameter<infer A> ? A : never

type RequiredNames<P extends Parameters> = {
  [Name in keyof P]: P[Name] extends Parameter<any, true> ? Name : never
}[keyof P]

type OptionalValues<P extends Parameters> = { readonly [Name in keyof P]?: ValueOf<P[Name]> | undefined }

/** A request whose parameters and body are as its endpoint declares them. */
export interface DeclaredRequest<P extends Parameters, Q extends Parameters, H extends Parameters, Payload> {
  readonly params: { readonly [Name in keyof P]: ValueOf<P[Name]> }
  readonly query: OptionalValues<Omit<Q, RequiredNames<Q>>> & {
    readonly [Name in RequiredNames<Q>]: ValueOf<Q[Name]>
  }
  readonly headers: OptionalValues<H>
  readonly payload: Payload
  readonly correlationId: string | undefined
  readonly request: HttpServerRequest.HttpServerRequest
}

type ServiceFailure = globalThis.Parameters<typeof toProblem>[0]

/**
 * The route of a declared endpoint: method, path, parameters, body and media types are those of the declaration. It
 * responds to an invalid request with every error in its path, query, headers and body, and to a failure of the handler
 * with its problem.
 */
export const declaredRoute = <
  P extends Parameters,
  Q extends Parameters,
  H extends Parameters,
  Payload,
  E extends ServiceFailure,
  R
>(
  declaration: EndpointDeclaration<P, Q, H, Payload>,
  handle: (declared: DeclaredRequest<P, Q, H, Payload>) => Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
) => {
  const { headers = {}, method, params = {}, path, payload, query = {} } = declaration
  const readPath = pathReader(path, params)
  const readQuery = requiredQueryReader(query)
  const readHeaders = headerReader(headers)
  const readBody = payload && jsonBodyReader(payload)

  const respond = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    const correlationId = correlationIdOf(request.headers)
    if (method !== "GET" && contentModeOf(request.headers) !== "json") {
      return problemResponse(problems.UnsupportedMediaType, { correlationId })
    }
    const readParts = [
      readPath((yield* HttpRouter.RouteContext).params, request.url),
      readQuery(yield* HttpServerRequest.ParsedSearchParams, request.url),
      readHeaders(request.headers),
      readBody ? yield* readBody(request) : Result.succeed(undefined)
    ] as const
    const [params, query, headers, body] = readParts
    if (Result.isFailure(params) || Result.isFailure(query) || Result.isFailure(headers) || Result.isFailure(body)) {
      return invalidRequest(
        readParts.flatMap((part) => validationErrorsIn<unknown>(part)),
        correlationId
      )
    }
    return yield* handle({
      params: params.success,
      query: query.success,
      headers: headers.success,
      payload: body.success,
      correlationId,
      request
    } as DeclaredRequest<P, Q, H, Payload>)
  })

  const route = negotiated(
    mediaTypesOf(declaration),
    HttpRouter.route(method, path, (request: HttpServerRequest.HttpServerRequest) =>
      respond(request).pipe(
        Effect.catch((failure) => Effect.succeed(toProblem(failure, correlationIdOf(request.headers))))
      )
    )
  )
  return withAccess(declaration.access, route)
}
