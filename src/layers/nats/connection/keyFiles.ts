import { readFileSync } from "node:fs"
import { type Authenticator, jwtAuthenticator, nkeyAuthenticator, nkeys } from "@nats-io/transport-node"
import { Redacted } from "effect"

/** The seed of a user in a text, alone or between the lines that `nk` and `nsc` put around it. */
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

/** An authenticator with the seed in a text; undefined without one. */
export const parseNkey = (text: string): Authenticator | undefined => {
  const seed = parseSeed(text)
  return seed && nkeyAuthenticator(() => Redacted.value(seed))
}

/** An authenticator with the JWT and the seed in the text of a `.creds` file; undefined if it lacks one of them. */
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
 * An authenticator that reads its file again for each connection, since credentials are renewed while the app runs.
 * When the file cannot be read, it uses the previous credentials: an exception here would end the connection for good.
 * Undefined if the file has none at first.
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
      // The file is being replaced, or is missing.
    }
    return current(nonce)
  }
}
