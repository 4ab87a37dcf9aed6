import { resolve } from "node:path"
import { ByteSize, Option } from "effect"
import { entriesOf } from "#app/settingText.ts"
import { Board } from "#domain/model/index.ts"
import { bucketOf } from "#layers/buckets/bucketNames.ts"
import { isExposed } from "#layers/http/checks/hosts.ts"
import type { Output } from "#nats-server/accounts/writeAccounts.ts"

/** The options of `npm run nats-config`, for `parseArgs`. */
export const accountsOptions = {
  hotels: { type: "string" },
  out: { type: "string", default: "nats-accounts" },
  force: { type: "boolean", default: false },
  listen: { type: "string", default: "127.0.0.1:4222" },
  host: { type: "string" },
  "store-dir": { type: "string" },
  "tls-cert": { type: "string" },
  "tls-key": { type: "string" },
  "tls-ca": { type: "string" },
  "test-certificates": { type: "boolean", default: false },
  websocket: { type: "string" },
  "allowed-origins": { type: "string" },
  "browser-views": { type: "string" },
  "browser-sessions": { type: "boolean", default: false },
  replicas: { type: "string", default: "1" },
  "max-store": { type: "string" },
  "max-connections": { type: "string", default: "100" },
  "max-browsers": { type: "string", default: "1000" }
} as const

type Values = { readonly [Name in keyof typeof accountsOptions]?: string | boolean | undefined }

/** Throws the reason why an option cannot be used. */
const reject = (reason: string): never => {
  throw new Error(reason)
}

const hotelNames = (text: string | undefined): ReadonlyArray<string> => {
  const names = entriesOf(text ?? reject("Name the hotels, as in --hotels north,south"))
  for (const name of names) {
    if (!/^[a-z\d](?:[a-z\d-]{0,30}[a-z\d])?$/iu.test(name))
      reject(`"${name}" is not a hotel's name: use up to 32 letters, digits and hyphens, with no hyphen at either end`)
  }
  // Some file systems do not distinguish upper and lower case.
  const repeated = names.find((name, n) => names.findIndex((other) => other.toLowerCase() === name.toLowerCase()) < n)
  if (repeated !== undefined) reject(`"${repeated}" is named twice in --hotels`)
  return names
}

const wholeNumber = (option: string, text: string, maximum: number): number => {
  const value = Number(text)
  return /^\d+$/u.test(text) && value >= 1 && value <= maximum
    ? value
    : reject(`--${option} is "${text}"; it must be a whole number from 1 to ${maximum}`)
}

const bytes = (text: string): number =>
  Option.match(ByteSize.fromString(text), {
    onNone: () => reject(`--max-store is "${text}"; write a size such as 64GiB`),
    onSome: ByteSize.toNumberUnsafe
  })

const address = (option: string, text: string) => {
  const [, host = "", port = ""] = /^(\[[\da-f:.]+\]|[\w.-]+):(\d{1,5})$/iu.exec(text) ?? []
  if (host === "" || Number(port) < 1 || Number(port) > 65_535)
    reject(`--${option} is "${text}"; write an address with a port, such as 127.0.0.1:4222`)
  return host.replace(/^\[|\]$/gu, "")
}

const certificatesOf = (values: Values): Output["certificates"] => {
  const [cert, key, ca] = [values["tls-cert"], values["tls-key"], values["tls-ca"]] as ReadonlyArray<string | undefined>
  const isNamed = cert !== undefined || key !== undefined || ca !== undefined
  if (values["test-certificates"])
    return isNamed ? reject("--test-certificates and --tls-cert, --tls-key or --tls-ca exclude each other") : "test"
  if (!isNamed) return undefined
  if (cert === undefined || key === undefined) return reject("--tls-cert and --tls-key need each other")
  return { cert: resolve(cert), key: resolve(key), ...(ca !== undefined && { ca: resolve(ca) }) }
}

const websocketOf = (values: Values): Output["websocket"] => {
  const [listen, origins] = [values.websocket, values["allowed-origins"]] as ReadonlyArray<string | undefined>
  if (listen === undefined) return origins === undefined ? undefined : reject("--allowed-origins needs --websocket")
  const allowed = entriesOf(
    origins ?? reject("--websocket needs --allowed-origins, as in --allowed-origins https://hotel.example")
  )
  for (const origin of allowed) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin)
      reject(`"${origin}" is not an origin: write scheme and host, such as https://hotel.example`)
  }
  return { listen, origins: allowed }
}

const bucketsOf = (board: Board.Any, text: string | undefined): ReadonlyArray<string> => {
  const views = new Map(Board.views(board).map((view) => [view.shows.name as string, bucketOf(view)]))
  if (text === undefined) return [...views.values()]
  return entriesOf(text).map(
    (name) => views.get(name) ?? reject(`"${name}" is not a view of the board; it has ${[...views.keys()].join(", ")}`)
  )
}

/** Without TLS, keys and data would be open to everybody on the network. */
const requireTls = (certificates: Output["certificates"], option: string, host: string) =>
  certificates !== undefined || !isExposed(host)
    ? undefined
    : reject(
        `--${option} is reachable from other machines, and there is no TLS. Name the server's certificate by --tls-cert and ` +
          "--tls-key, have one made for tests by --test-certificates, or listen on 127.0.0.1"
      )

/** Reads the options. Throws an `Error` whose message says what is wrong with one, and how to write it. */
export const readAccountsOptions = (board: Board.Any, values: Values): Output => {
  const text = values as Readonly<Record<string, string | undefined>>
  const hotels = hotelNames(text["hotels"])
  const listen = text["listen"]!
  const listenHost = address("listen", listen)
  const host = text["host"] ?? (/^(?:0\.0\.0\.0|::)$/u.test(listenHost) ? "localhost" : listenHost)
  if (!/^[\w.:-]+$/u.test(host))
    reject(`--host is "${host}"; write a name or an IP address, such as nats.hotel.example`)
  const certificates = certificatesOf(values)
  const websocket = websocketOf(values)
  requireTls(certificates, "listen", listenHost)
  if (websocket) requireTls(certificates, "websocket", address("websocket", websocket.listen))
  const hasBrowserSessions = values["browser-sessions"] === true
  if (text["browser-views"] !== undefined && !websocket)
    reject("--browser-views needs --websocket and --allowed-origins")
  if (hasBrowserSessions && !websocket) reject("--browser-sessions needs --websocket and --allowed-origins")
  const replicas = wholeNumber("replicas", text["replicas"]!, 5)
  if (![1, 3, 5].includes(replicas)) reject(`--replicas is "${replicas}"; it must be 1, 3 or 5`)
  return {
    board,
    hotels,
    buckets: websocket === undefined ? [] : bucketsOf(board, text["browser-views"]),
    replicas,
    ...(text["max-store"] !== undefined && { maxStore: bytes(text["max-store"]) }),
    connections: wholeNumber("max-connections", text["max-connections"]!, 1_000_000),
    browsers: wholeNumber("max-browsers", text["max-browsers"]!, 1_000_000),
    folder: resolve(text["out"]!),
    isForced: values.force === true,
    listen,
    host,
    ...(text["store-dir"] !== undefined && { storeDir: resolve(text["store-dir"]) }),
    certificates,
    ...(websocket !== undefined && { websocket }),
    hasBrowserSessions
  }
}
