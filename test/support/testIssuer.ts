import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose"
import { type TokenRules, tokenAuthenticator } from "#layers/access/tokenAuthenticator.ts"

const rules: TokenRules = {
  issuer: "https://id.test",
  audience: "hotel",
  algorithms: ["ES256"],
  types: ["at+jwt"],
  rolesClaim: "roles"
}

const keyId = "current"
const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true })
const publicJwk = { ...(await exportJWK(publicKey)), kid: keyId, alg: "ES256" }
const foreign = await generateKeyPair("ES256")
const rsa = await generateKeyPair("RS256")

/** Checks the tokens of `token`. */
export const testAuthenticator = tokenAuthenticator(rules, createLocalJWKSet({ keys: [publicJwk] }))
export const testKeys = { keys: [publicJwk] }
export const testRules = rules

interface TokenOptions {
  readonly roles?: ReadonlyArray<string>
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  readonly issuer?: string
  readonly audience?: string
  /** Seconds from now. */
  readonly expires?: number
  readonly notBefore?: number
}

const unsigned = ({
  audience = rules.audience,
  claims = {},
  expires = 600,
  issuer = rules.issuer,
  notBefore = 0,
  roles = []
}: TokenOptions) => {
  const now = Math.floor(Date.now() / 1_000)
  return new SignJWT({ sub: "ann", ...claims, roles: [...roles] })
    .setIssuer(issuer)
    .setAudience(audience)
    .setNotBefore(now + notBefore)
    .setExpirationTime(now + expires)
}

const header = { alg: "ES256", typ: "at+jwt", kid: keyId }

/** A valid token, except for what the options say. */
export const token = (options: TokenOptions = {}): Promise<string> =>
  unsigned(options)
    .setProtectedHeader({ ...header, ...options.header } as typeof header)
    .sign(privateKey)

/** Values of `authorization` that prove nothing, by what is wrong with them. Each but the first has all roles. */
export const invalidCredentials = async (roles: ReadonlyArray<string>): Promise<Readonly<Record<string, string>>> => {
  const valid = await token({ roles })
  const bearer = (text: string) => `Bearer ${text}`
  return {
    "another scheme": "Basic YW5uOnNlY3JldA==",
    "no token": "Bearer",
    "no JWT": bearer("abc"),
    "three parts that are no JWT": bearer("a.b.c"),
    "a changed payload": bearer(valid.replace(/\.[^.]+\./u, `.${Buffer.from('{"sub":"eve"}').toString("base64url")}.`)),
    "an expired token": bearer(await token({ roles, expires: -60 })),
    "a token that is not valid yet": bearer(await token({ roles, notBefore: 60 })),
    "another audience": bearer(await token({ roles, audience: "other" })),
    "another issuer": bearer(await token({ roles, issuer: "https://id.example" })),
    "another type": bearer(await token({ roles, header: { typ: "JWT" } })),
    "a key in its header": bearer(await token({ roles, header: { jwk: publicJwk } })),
    "an address of keys in its header": bearer(await token({ roles, header: { jku: "https://id.test/keys" } })),
    "a foreign key": bearer(await unsigned({ roles }).setProtectedHeader(header).sign(foreign.privateKey)),
    "another algorithm": bearer(
      await unsigned({ roles })
        .setProtectedHeader({ ...header, alg: "RS256" })
        .sign(rsa.privateKey)
    ),
    "the public key as a secret": bearer(
      await unsigned({ roles })
        .setProtectedHeader({ ...header, alg: "HS256" })
        .sign(Buffer.from(JSON.stringify(publicJwk)))
    ),
    "no signature": bearer(
      new UnsecuredJWT({ sub: "ann", roles: [...roles] })
        .setIssuer(rules.issuer)
        .setAudience(rules.audience)
        .setExpirationTime("1h")
        .encode()
    ),
    "no subject": bearer(await token({ roles, claims: { sub: "" } })),
    "no expiry": bearer(
      await new SignJWT({ sub: "ann", roles: [...roles] })
        .setIssuer(rules.issuer)
        .setAudience(rules.audience)
        .setProtectedHeader(header)
        .sign(privateKey)
    ),
    "too long a token": bearer(await token({ roles, claims: { filler: "x".repeat(4_000) } }))
  }
}
