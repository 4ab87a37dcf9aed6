import { Clock, Effect, Result, Schema } from "effect"
import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey, type ProtectedHeaderParameters } from "jose"
import { LRUCache } from "lru-cache"
import { type Authenticator, InvalidToken, KeysUnavailable } from "./Authenticator.ts"
import type { Caller } from "./Caller.ts"

/** What a token must be like. */
export interface TokenRules {
  readonly issuer: string
  readonly audience: string
  /** Signature algorithms; only asymmetric ones, so that a public key is never taken for a secret. */
  readonly algorithms: ReadonlyArray<string>
  /** Values of the header `typ`, in lower case. */
  readonly types: ReadonlyArray<string>
  /** The claim with the roles, such as `roles` or `realm_access.roles`: an array, or text with spaces between. */
  readonly rolesClaim: string
}

/** Asymmetric algorithms without known weaknesses. */
export const safeAlgorithms = ["ES256", "ES384", "EdDSA", "Ed25519", "PS256", "PS384", "RS256", "RS384"] as const

/** Seconds by which the clocks of issuer and app may differ. */
export const clockSkewSeconds = 5

/** A cookie has at most 4 KiB, and the heads of a request 8 KiB. */
export const maxTokenLength = 3_800

/** How many checked tokens are cached, and for how long: a withdrawn key is noticed after that. */
const maxCachedTokens = 10_000
const cacheMillis = 60_000

/** Headers by which a token names its own key. */
const keyHeaders = ["jku", "jwk", "x5u", "x5c"]

const registeredClaims = new Set(["iss", "sub", "aud", "exp", "nbf", "iat", "jti"])

const Roles = Schema.Union([Schema.Array(Schema.String), Schema.String])
const decodeRoles = Schema.decodeUnknownResult(Roles)

const rolesOf = (payload: JWTPayload, claim: string): ReadonlySet<string> => {
  const value = claim.split(".").reduce<unknown>((object, name) => (object as any)?.[name], payload)
  const roles = Result.getOrElse(decodeRoles(value), () => [])
  return new Set(typeof roles === "string" ? roles.split(" ").filter(Boolean) : roles)
}

const callerOf = (payload: JWTPayload, rolesClaim: string): Caller => ({
  subject: payload.sub!,
  roles: rolesOf(payload, rolesClaim),
  claims: Object.fromEntries(
    Object.entries(payload).flatMap(([name, value]) =>
      !registeredClaims.has(name) && ["string", "number", "boolean"].includes(typeof value)
        ? [[name, String(value)]]
        : []
    )
  ),
  expiresAtMillis: payload.exp! * 1_000
})

const headerError = (header: ProtectedHeaderParameters, { types }: TokenRules): string | undefined => {
  const own = keyHeaders.find((name) => name in header)
  if (own !== undefined) return `it names a key of its own (${own})`
  const type = String(header["typ"])
    .toLowerCase()
    .replace(/^application\//u, "")
  return types.includes(type) ? undefined : `its type is ${type}`
}

/** Errors of jose that say something about the token, and not about the keys. */
const isAboutToken = (error: unknown): error is errors.JOSEError =>
  error instanceof errors.JWTClaimValidationFailed ||
  error instanceof errors.JWTExpired ||
  error instanceof errors.JWTInvalid ||
  error instanceof errors.JWSInvalid ||
  error instanceof errors.JWSSignatureVerificationFailed ||
  error instanceof errors.JOSEAlgNotAllowed ||
  error instanceof errors.JOSENotSupported ||
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys

const toError = (error: unknown) =>
  isAboutToken(error)
    ? new InvalidToken({ reason: error.message })
    : new KeysUnavailable({ reason: error instanceof Error ? error.message : String(error) })

/** Checks JWTs that are signed with one of the issuer's keys. */
export const tokenAuthenticator = (rules: TokenRules, keys: JWTVerifyGetKey): Authenticator => {
  const { algorithms, audience, issuer, rolesClaim } = rules
  const options = {
    algorithms: [...algorithms],
    issuer,
    audience,
    clockTolerance: clockSkewSeconds,
    requiredClaims: ["exp", "sub"]
  }
  const cache = new LRUCache<string, { readonly caller: Caller; readonly checkedAtMillis: number }>({
    max: maxCachedTokens
  })

  const verify = Effect.fnUntraced(function* (token: string, now: number) {
    const { payload, protectedHeader } = yield* Effect.tryPromise({
      try: () => jwtVerify(token, keys, { ...options, currentDate: new Date(now) }),
      catch: toError
    })
    const reason = headerError(protectedHeader, rules) ?? (payload.sub === "" ? "its sub is empty" : undefined)
    if (reason !== undefined) return yield* new InvalidToken({ reason })
    const caller = callerOf(payload, rolesClaim)
    cache.set(token, { caller, checkedAtMillis: now })
    return caller
  })

  return {
    authenticate: (token) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        if (token.length > maxTokenLength) return Effect.fail(new InvalidToken({ reason: "it is too long" }))
        const cached = cache.get(token)
        const isFresh =
          cached && Math.abs(now - cached.checkedAtMillis) < cacheMillis && now < cached.caller.expiresAtMillis
        return isFresh ? Effect.succeed(cached.caller) : verify(token, now)
      })
  }
}
