import { createHmac, timingSafeEqual } from "node:crypto"
import { Option, Schema } from "effect"
import { base64Json } from "./issuer.ts"

/** What a token says: which session may read which bucket, in which account, until when (seconds since 1970). */
const SessionClaims = Schema.Struct({
  aud: Schema.String,
  sub: Schema.String.check(Schema.isPattern(/^[\w-]{22}$/u)),
  bucket: Schema.String,
  exp: Schema.Int
})
export type SessionClaims = typeof SessionClaims.Type

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(SessionClaims))

const header = base64Json({ typ: "JWT", alg: "HS256" })

/**
 * Signs and reads tokens of sessions: JWTs with a symmetric signature, since the app that issues them also checks them.
 * `read` succeeds only with a token that this key signed and that has not expired.
 */
export const sessionTokens = (key: Uint8Array) => {
  const signatureOf = (text: string) => createHmac("sha256", key).update(text).digest()
  return {
    sign: (claims: SessionClaims): string => {
      const text = `${header}.${base64Json(claims)}`
      return `${text}.${signatureOf(text).toString("base64url")}`
    },
    read: (token: string, nowSeconds: number): Option.Option<SessionClaims> => {
      const [head, body = "", signature = "", ...rest] = token.split(".")
      const given = Buffer.from(signature, "base64url")
      const wanted = signatureOf(`${head}.${body}`)
      // Only the one algorithm: a token cannot choose another.
      if (head !== header || rest.length > 0 || given.length !== wanted.length || !timingSafeEqual(given, wanted))
        return Option.none()
      return Option.filter(decode(Buffer.from(body, "base64url").toString()), ({ exp }) => exp > nowSeconds)
    }
  }
}
