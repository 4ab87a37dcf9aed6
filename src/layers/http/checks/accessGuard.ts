import { Effect } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import type { Access } from "#layers/access/Access.ts"
import { type Authenticator, InvalidToken } from "#layers/access/Authenticator.ts"
import { type Caller, CurrentCaller } from "#layers/access/Caller.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { correlationIdOf } from "#layers/http/request/requestHeaders.ts"
import { problemResponse } from "#layers/http/response/responses.ts"
import { tokenOf } from "./credentials.ts"
import type { requestRates } from "./requestRates.ts"

/** A route and who may use it. Every route of the app is one, so that a route without a rule does not compile. */
export interface GuardedRoute<E, R> extends HttpRouter.Route<E, R> {
  readonly access: Access
  /** The page where a browser without permission can sign in, instead of a problem that it cannot show. */
  readonly signInPath?: string | undefined
}

export const withAccess = <E, R>(
  access: Access,
  route: HttpRouter.Route<E, R>,
  signInPath?: string
): GuardedRoute<E, R> => Object.assign(route, { access, signInPath })

const allows = (access: Access, { roles }: Caller): boolean =>
  typeof access === "string" || access.some((role) => roles.has(role))

/** Where an invalid token was sent, the client should get another one, not the user sign in again (RFC 6750, section 3.1). */
const invalidTokenHeader = { "www-authenticate": 'Bearer error="invalid_token"' }

const notAuthenticated = (request: HttpServerRequest.HttpServerRequest, hasToken: boolean) =>
  problemResponse(problems.NotAuthenticated, {
    correlationId: correlationIdOf(request.headers),
    ...(hasToken && { headers: invalidTokenHeader })
  })

/** Back to the page that was asked for, after signing in. */
const toSignIn = (signInPath: string, { url }: HttpServerRequest.HttpServerRequest) =>
  HttpServerResponse.redirect(`${signInPath}?to=${encodeURIComponent(url)}`, {
    status: 303,
    headers: { "cache-control": "no-store" }
  })

/**
 * Lets only permitted callers use a route, and tells its handler who calls. Without an authenticator everyone may do
 * everything.
 */
export const accessGuard =
  (authenticator: Authenticator | undefined, rates?: ReturnType<typeof requestRates>) =>
  ({ access, signInPath }: Pick<GuardedRoute<unknown, unknown>, "access" | "signInPath">) =>
  <E, R>(
    app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
  ): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | HttpServerRequest.HttpServerRequest> => {
    if (!authenticator || access === "everyone") return app
    return Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
      const token = tokenOf(request)
      return Effect.matchEffect(
        token === undefined
          ? Effect.fail(new InvalidToken({ reason: "there is none" }))
          : authenticator.authenticate(token),
        {
          onFailure: (error) => {
            if (error._tag === "KeysUnavailable")
              return Effect.as(Effect.logError(error.message), problemResponse(problems.TokensUncheckable))
            const response =
              signInPath === undefined ? notAuthenticated(request, token !== undefined) : toSignIn(signInPath, request)
            return Effect.as(Effect.logDebug(`A token was rejected: ${error.reason}`), response)
          },
          onSuccess: (caller) => {
            if (!allows(access, caller))
              return Effect.succeed(
                signInPath === undefined
                  ? problemResponse(problems.NotPermitted, { correlationId: correlationIdOf(request.headers) })
                  : toSignIn(signInPath, request)
              )
            const permitted = Effect.provideService(app, CurrentCaller, caller)
            if (!rates) return permitted
            return Effect.flatMap(rates.ofSubject(caller.subject), (rejection) =>
              rejection ? Effect.succeed(rejection) : permitted
            )
          }
        }
      )
    })
  }

/** The same route, guarded. */
export const guardedRoute =
  (guard: ReturnType<typeof accessGuard>) =>
  <E, R>(route: GuardedRoute<E, R>) =>
    HttpRouter.route(
      route.method,
      route.path,
      guard(route)(route.handler as Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>)
    )
