import type { Authenticator, ConnectionOptions } from "@nats-io/transport-node"
import { Redacted, Result } from "effect"

/**
 * The credentials of a user. The password never appears in messages, logs or responses. With an empty user it is a
 * token.
 */
export interface Credentials {
  readonly user: string
  readonly password: Redacted.Redacted
}

/** PEM files for TLS: the authority of the server's certificate, and the certificate and key of the client. */
export interface TlsFiles {
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  /** Whether TLS begins before the server's greeting, as with its `handshake_first`. */
  readonly first?: boolean | undefined
}

/** The addresses of NATS, and the credentials to connect with. */
export interface ServerAddress {
  /**
   * One address or several, comma-separated, without credentials. One that begins with `tls://` requires TLS for all.
   */
  readonly servers: string
  /** An authenticator signs for a user with an nkey. */
  readonly credentials?: Credentials | Authenticator | undefined
  /** If set, TLS is required. */
  readonly tls?: TlsFiles | undefined
  /** What the inboxes of the connection begin with; `_INBOX` by default. */
  readonly inboxPrefix?: string | undefined
}

/** The contents of `NATS_URL`: credentials in an address are always a user and password, or a token. */
interface NamedServers extends ServerAddress {
  readonly credentials?: Credentials | undefined
}

const decodePercent = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const parseCredentials = (userInfo: string): Credentials => {
  const colon = userInfo.indexOf(":")
  const [user, password] = colon < 0 ? ["", userInfo] : [userInfo.slice(0, colon), userInfo.slice(colon + 1)]
  return { user: decodePercent(user), password: Redacted.make(decodePercent(password)) }
}

const addressPattern =
  /^(?<scheme>[a-z]+:\/\/)?(?:(?<user>[^@/?#\s]*)@)?(?<host>\[[\da-f:.]+\]|[^\s@/?#:[\]]+)(?::(?<port>[^\s@/]*))?\/?$/iu

const schemes = new Set(["nats://", "tls://"])

/**
 * The problem of one address; undefined if it is valid. Repeats no part of it: a typing error may be in the password.
 */
const addressProblem = (address: string): string | undefined => {
  if (address === "") return "is empty: write no comma at the end, and no two in a row"
  const { groups } = addressPattern.exec(address) ?? {}
  const [scheme] = /^[^/@]*:\/\//u.exec(address) ?? []
  if (scheme !== undefined && !schemes.has(scheme.toLowerCase())) return "begins with neither nats:// nor tls://"
  if (groups === undefined) {
    return (
      "is not of the form nats://[user:password@]host[:port]; special characters in user, password and token are " +
      "percent-encoded (@ is %40, / is %2F, a comma is %2C)"
    )
  }
  const { port = "4222" } = groups
  const isPort = /^\d{1,5}$/u.test(port) && Number(port) >= 1 && Number(port) <= 65_535
  return isPort ? undefined : "has a port that is no number from 1 to 65535"
}

const addressLabel = (index: number, all: number) => (all === 1 ? "the address" : `address ${index + 1} of ${all}`)

/**
 * Splits addresses such as `nats://user:password@host:4222` into servers and credentials; a user without a password is
 * a token, as in every NATS client. One pair serves all addresses. Fails with a description of the problem that repeats
 * no part of the addresses.
 */
export const readServers = (text: string): Result.Result<NamedServers, string> => {
  const addresses = text.split(",").map((address) => address.trim())
  for (const [index, address] of addresses.entries()) {
    const problem = addressProblem(address)
    if (problem !== undefined) return Result.fail(`${addressLabel(index, addresses.length)} ${problem}`)
  }
  const parts = addresses.map((address) => addressPattern.exec(address)?.groups ?? {})
  const users = new Set(parts.flatMap(({ user }) => user ?? []))
  if (users.size > 1) return Result.fail("its addresses name different users, and one has to serve all")
  const servers = parts.map(({ host, port, scheme = "" }) => `${scheme.toLowerCase()}${host}${port ? `:${port}` : ""}`)
  const [user] = users
  return Result.succeed({ servers: servers.join(), ...(user !== undefined && { credentials: parseCredentials(user) }) })
}

/** As `readServers`, for addresses that are known to be valid. Throws if they are not. */
export const parseServers = (text: string): NamedServers =>
  Result.getOrThrowWith(readServers(text), (problem) => new Error(`The addresses of NATS cannot be used: ${problem}`))

/** The client's options for credentials: without a user, the password is a token. */
export const toAuthOptions = (
  credentials: ServerAddress["credentials"]
): Pick<ConnectionOptions, "authenticator" | "token" | "user" | "pass"> => {
  if (credentials === undefined) return {}
  if (typeof credentials === "function") return { authenticator: credentials }
  const pass = Redacted.value(credentials.password)
  return credentials.user === "" ? { token: pass } : { user: credentials.user, pass }
}
