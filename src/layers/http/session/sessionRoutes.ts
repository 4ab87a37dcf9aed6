import { DateTime, Effect } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import type { Board } from "#domain/model/index.ts"
import type { Authenticator, InvalidToken, KeysUnavailable } from "#layers/access/Authenticator.ts"
import { boardRoles } from "#layers/access/boardRoles.ts"
import type { Caller } from "#layers/access/Caller.ts"
import type { DevelopmentIssuer } from "#layers/access/developmentIssuer.ts"
import type { Session } from "#layers/contract/sessionSchema.ts"
import { sessionCookie, tokenOf } from "#layers/http/checks/credentials.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { declaredRoute } from "#layers/http/request/declaredRoute.ts"
import { emptyResponse, jsonResponse, problemResponse } from "#layers/http/response/responses.ts"
import { developmentSignInEndpoint, sessionEndpoint, signInEndpoint, signOutEndpoint } from "./sessionEndpoints.ts"

/** How an app authenticates its callers; absent if it does not. */
export type Authentication = Authenticator | DevelopmentIssuer

const isDevelopment = (authentication: Authentication): authentication is DevelopmentIssuer => "sign" in authentication

const cookieOptions = { path: "/", httpOnly: true, secure: true, sameSite: "strict" } as const

const withCookie = (response: HttpServerResponse.HttpServerResponse, token: string, expires: Date) =>
  HttpServerResponse.setCookieUnsafe(response, sessionCookie, token, { ...cookieOptions, expires })

/** Shows who calls, and signs browsers in and out. */
export const sessionRoutes = (board: Board.Any, authentication: Authentication | undefined) => {
  const roles = boardRoles(board)

  const sessionOf = (caller: Caller | undefined): Session => ({
    authentication: !authentication ? "none" : isDevelopment(authentication) ? "development" : "tokens",
    roles,
    caller: caller
      ? {
          subject: caller.subject,
          roles: [...caller.roles],
          claims: caller.claims,
          expiresAt: DateTime.formatIso(DateTime.makeUnsafe(caller.expiresAtMillis))
        }
      : null
  })

  const signIn = (token: string, caller: Caller) =>
    withCookie(jsonResponse(200, sessionOf(caller)), token, new Date(caller.expiresAtMillis))

  const rejected = (error: InvalidToken | KeysUnavailable, correlationId: string | undefined) =>
    error._tag === "InvalidToken"
      ? problemResponse(problems.NotAuthenticated, { correlationId })
      : problemResponse(problems.TokensUncheckable, { correlationId })

  const current = (request: HttpServerRequest.HttpServerRequest) => {
    const token = tokenOf(request)
    return authentication && token !== undefined
      ? Effect.catchTag(authentication.authenticate(token), "InvalidToken", () => Effect.undefined)
      : Effect.undefined
  }

  return [
    declaredRoute(sessionEndpoint, ({ correlationId, request }) =>
      Effect.match(current(request), {
        onFailure: (error) => rejected(error, correlationId),
        onSuccess: (caller) => jsonResponse(200, sessionOf(caller))
      })
    ),
    declaredRoute(signInEndpoint, ({ correlationId, payload: { token } }) =>
      authentication
        ? Effect.match(authentication.authenticate(token), {
            onFailure: (error) => rejected(error, correlationId),
            onSuccess: (caller) => signIn(token, caller)
          })
        : Effect.succeed(problemResponse(problems.SignInOff, { correlationId }))
    ),
    declaredRoute(developmentSignInEndpoint(board), ({ correlationId, payload: { claims = {}, role } }) =>
      authentication && isDevelopment(authentication)
        ? Effect.gen(function* () {
            const token = yield* authentication.sign({ roles: [role], claims })
            return signIn(token, yield* Effect.orDie(authentication.authenticate(token)))
          })
        : Effect.succeed(problemResponse(problems.SignInOff, { correlationId }))
    ),
    declaredRoute(signOutEndpoint, () => Effect.succeed(withCookie(emptyResponse(204), "", new Date(0))))
  ]
}
