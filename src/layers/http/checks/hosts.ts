import { isIPv4, isIPv6 } from "node:net"

/** A host that a server answers requests for. */
export interface AllowedHost {
  /** In lower case; `*.example.org` is every name below that one. */
  readonly name: string
  /** Any port if absent. */
  readonly port?: number | undefined
  /** Browsers reach it over TLS, which a proxy before this server terminates. */
  readonly isSecure: boolean
}

/** The name and port of an authority such as `Hotel.Example:8080`, the name as a browser writes it. */
interface Authority {
  readonly name: string
  readonly port: number | undefined
}

const authorityPattern = /^(\[[\d.:a-f]+\]|[^\s!-,/:-@[-^`{-~]+)(?::(\d{1,5}))?$/iu

/** The authority in a Host header; `undefined` if it is not `name` or `name:port`. */
export const authorityOf = (host: string): Authority | undefined => {
  const [, name = "", port] = authorityPattern.exec(host) ?? []
  if (name === "" || Number(port ?? 0) > 65_535) return undefined
  const url = URL.parse(`http://${name}`)
  const canonical = url?.hostname.replace(/\.$/u, "")
  return canonical ? { name: canonical, port: port === undefined ? undefined : Number(port) } : undefined
}

/**
 * Whether a name or address is reachable from this machine only. `0.0.0.0` is not: pages of any site can make browsers
 * connect to it.
 */
const isLoopback = (name: string): boolean =>
  name === "localhost" ||
  name.endsWith(".localhost") ||
  (isIPv4(name) && name.startsWith("127.")) ||
  name === "[::1]" ||
  /^\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\]$/u.test(name)

const wildcards = new Set(["0.0.0.0", "[::]"])

/** HOST as it is written in a URL: an IPv6 address in brackets. */
const toUrlHost = (host: string) => (isIPv6(host) ? `[${host}]` : host)

/** Whether a server that listens on this host can be reached from other machines. */
export const isExposed = (host: string): boolean => !isLoopback(authorityOf(toUrlHost(host))?.name ?? host)

/** The host that a server listens on, as an allowed host; a wildcard address allows no name. */
export const listeningHost = (host: string): ReadonlyArray<AllowedHost> => {
  const name = authorityOf(toUrlHost(host))?.name
  return name === undefined || wildcards.has(name) ? [] : [{ name, isSecure: false }]
}

const allowedHostPattern = /^(?:(https?):\/\/)?(\*\.)?([^*]+)$/u

/** An entry of ALLOWED_HOSTS: `hotel.example`, `hotel.example:8080`, `*.example.org`, `https://hotel.example`. */
export const allowedHostOf = (text: string): AllowedHost | undefined => {
  const [, scheme, wildcardPrefix = "", host = ""] = allowedHostPattern.exec(text) ?? []
  const authority = authorityOf(host)
  return authority && { name: wildcardPrefix + authority.name, port: authority.port, isSecure: scheme === "https" }
}

/** The entry that allows an authority, if any does. Loopback is always allowed, with any port. */
export const hostMatcher = (allowed: ReadonlyArray<AllowedHost>) => {
  const loopback: AllowedHost = { name: "localhost", isSecure: false }
  return ({ name, port }: Authority): AllowedHost | undefined =>
    allowed.find((host) => {
      const isNamed = host.name.startsWith("*.") ? name.endsWith(host.name.slice(1)) : host.name === name
      return isNamed && (host.port === undefined || host.port === (port ?? (host.isSecure ? 443 : 80)))
    }) ?? (isLoopback(name) ? loopback : undefined)
}
