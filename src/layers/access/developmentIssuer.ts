import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { Clock, Data, Effect } from "effect"
import { createLocalJWKSet, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from "jose"
import { type TokenRules, tokenAuthenticator } from "./tokenAuthenticator.ts"

/** Tokens of this issuer say so in three places, and no other issuer is accepted beside it. */
const issuer = "urn:development-only"
const type = "development+jwt"
const algorithm = "Ed25519"

/** How long its tokens are valid by default. */
export const developmentTokenSeconds = 8 * 3_600

const keyFile = (folder: string) => join(folder, "development-issuer.json")

/** The key of the development issuer cannot be read or written. */
export class NoDevelopmentKey extends Data.TaggedError("NoDevelopmentKey")<{
  readonly file: string
  readonly reason: string
}> {
  override get message() {
    return `${this.file}, the key of AUTH=development, cannot be used: ${this.reason}. Delete it and start again: the app makes a new one.`
  }
}

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === "ENOENT"

const createKey = async (file: string): Promise<JWK> => {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), alg: algorithm, kid: "development" }
  mkdirSync(dirname(file), { recursive: true })
  try {
    // Exclusive: an app and `npm run token` that start at once use the same key.
    writeFileSync(file, JSON.stringify(jwk), { mode: 0o600, flag: "wx" })
    return jwk
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
    return JSON.parse(readFileSync(file, "utf8")) as JWK
  }
}

const loadKey = (file: string) =>
  Effect.tryPromise({
    try: async () => {
      try {
        return JSON.parse(readFileSync(file, "utf8")) as JWK
      } catch (error) {
        if (isMissing(error)) return await createKey(file)
        throw error
      }
    },
    catch: (error) => new NoDevelopmentKey({ file, reason: error instanceof Error ? error.message : String(error) })
  })

/** What a token of the development issuer says. */
export interface DevelopmentToken {
  readonly subject?: string
  readonly roles: ReadonlyArray<string>
  readonly claims: Readonly<Record<string, string>>
  readonly seconds?: number
}

/**
 * Issues a token for any role to any client, so it is for development on one machine only. Its key is in the data folder, which the app
 * and `npm run token` share.
 */
export const developmentIssuer = Effect.fnUntraced(function* (folder: string, audience: string) {
  const file = keyFile(folder)
  const jwk = yield* loadKey(file)
  const key = yield* Effect.tryPromise({
    try: () => importJWK(jwk, algorithm),
    catch: (error) => new NoDevelopmentKey({ file, reason: (error as Error).message })
  })
  const { d, ...publicKey } = jwk
  const rules: TokenRules = { issuer, audience, algorithms: [algorithm], types: [type], rolesClaim: "roles" }

  const sign = ({ claims, roles, seconds = developmentTokenSeconds, subject }: DevelopmentToken) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const issuedAt = Math.floor(now / 1_000)
      return Effect.promise(() =>
        new SignJWT({ ...claims, roles: [...roles] })
          .setProtectedHeader({ alg: algorithm, typ: type, kid: jwk.kid! })
          .setIssuer(issuer)
          .setAudience(audience)
          .setSubject(subject ?? `development:${[...roles, ...Object.values(claims)].join(":")}`)
          .setIssuedAt(issuedAt)
          .setNotBefore(issuedAt)
          .setExpirationTime(issuedAt + seconds)
          .sign(key)
      )
    })

  return { ...tokenAuthenticator(rules, createLocalJWKSet({ keys: [publicKey] })), sign }
})

export type DevelopmentIssuer = Effect.Success<ReturnType<typeof developmentIssuer>>
