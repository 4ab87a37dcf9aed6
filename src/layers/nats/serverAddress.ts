import { Redacted } from "effect"

/** A user of a nats-server. A password never appears in messages, logs or answers. */
export interface Credentials {
  readonly user: string
  readonly password: Redacted.Redacted
}

/** Where NATS is, and as whom to connect. */
export interface ServerAddress {
  /** One address or several, comma-separated, without credentials. */
  readonly servers: string
  readonly credentials?: Credentials | undefined
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const userInfo = /^([a-z]+:\/\/)?([^@/]*)@/u

/**
 * Takes the credentials out of addresses such as `nats://user:password@host:4222`; a user without a password is a token,
 * as in every NATS client. One pair serves all addresses: the first that is named.
 */
export const parseServers = (text: string): ServerAddress => {
  const addresses = text.split(",").map((address) => address.trim())
  const named = addresses.map((address) => userInfo.exec(address)?.[2]).find((found) => found !== undefined)
  const servers = addresses.map((address) => address.replace(userInfo, "$1")).join(",")
  if (named === undefined) return { servers }
  const colon = named.indexOf(":")
  const [user, password] = colon < 0 ? ["", named] : [named.slice(0, colon), named.slice(colon + 1)]
  return { servers, credentials: { user: decoded(user), password: Redacted.make(decoded(password)) } }
}

/** How the client wants them: without a user, the password is a token. */
export const authOf = (credentials: Credentials | undefined) => {
  if (credentials === undefined) return {}
  const pass = Redacted.value(credentials.password)
  return credentials.user === "" ? { token: pass } : { user: credentials.user, pass }
}
