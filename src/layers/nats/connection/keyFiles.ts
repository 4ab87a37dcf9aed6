import { readFileSync } from "node:fs"
import { type Authenticator, jwtAuthenticator, nkeyAuthenticator, nkeys } from "@nats-io/transport-node"
import { Redacted } from "effect"

/** The seed of a user, in a text by itself or between the lines that `nk` and `nsc` put around it. */
const parseSeed = (text: string): Redacted.Redacted<Uint8Array> | undefined => {
  const [seed] = /\bSU[A-Z2-7]{56}\b/u.exec(text) ?? []
  if (seed === undefined) return undefined
  const bytes = new TextEncoder().encode(seed)
  try {
    nkeys.fromSeed(bytes)
    return Redacted.make(bytes)
  } catch {
    return undefined
  }
}

/** Who holds the seed in a text; undefined where there is none. */
export const parseNkey = (text: string): Authenticator | undefined => {
  const seed = parseSeed(text)
  return seed && nkeyAuthenticator(() => Redacted.value(seed))
}

/** Who holds the JWT and the seed in the text of a `.creds` file; undefined where it lacks one of them. */
export const parseCreds = (text: string): Authenticator | undefined => {
  const [jwt] = /\beyJ[\w-]+\.[\w-]+\.[\w-]+/u.exec(text) ?? []
  const seed = parseSeed(text)
  if (jwt === undefined || seed === undefined) return undefined
  const redactedJwt = Redacted.make(jwt)
  return jwtAuthenticator(
    () => Redacted.value(redactedJwt),
    () => Redacted.value(seed)
  )
}

/**
 * Reads a file again for each connection, since credentials are renewed while the app runs. One that cannot be read just
 * then leaves those before it: an exception here would end the connection for good.
 */
export const makeRenewingAuthenticator = (
  file: string,
  parse: (text: string) => Authenticator | undefined
): Authenticator | undefined => {
  const first = parse(readFileSync(file, "utf8"))
  if (first === undefined) return undefined
  let current = first
  return (nonce) => {
    try {
      current = parse(readFileSync(file, "utf8")) ?? current
    } catch {
      // Being replaced, or gone.
    }
    return current(nonce)
  }
}
