// The parts of a configuration that browsers need, of the app's own server and of one that several hotels share.

import type { SharedRows } from "#layers/buckets/rowSubjects.ts"

/** A string of the configuration. */
export const quoted = (text: string): string => JSON.stringify(text)

/** What the app's account offers to an account of browsers. */
export const browserExports = (browsers: string, { changes, requests }: SharedRows): ReadonlyArray<string> => [
  ...requests.map((subject) => `{ service: ${quoted(subject)}, response: stream, accounts: [${browsers}] }`),
  ...changes.map((subject) => `{ stream: ${quoted(subject)}, accounts: [${browsers}] }`)
]

/** What an account of browsers takes from the app's account. */
export const browserImports = (app: string, { changes, requests }: SharedRows): ReadonlyArray<string> => {
  const from = (subject: string) => `{ account: ${app}, subject: ${quoted(subject)} }`
  return [
    ...requests.map((subject) => `{ service: ${from(subject)} }`),
    ...changes.map((subject) => `{ stream: ${from(subject)} }`)
  ]
}

export interface WebSocketListener {
  /** `host:port` */
  readonly listen: string
  /** Origins of the pages that may connect, such as `https://hotel.example`. */
  readonly origins: ReadonlyArray<string>
}

/** The listener for browsers. `tls` is a block of the configuration, or `no_tls: true`. */
export const websocketBlock = ({ listen, origins }: WebSocketListener, tls: string): string => `websocket {
  listen: ${quoted(listen)}
  ${tls}
  # Another program can send any origin, so this protects browsers, not the server.
  same_origin: false
  allowed_origins: [${origins.map(quoted).join(", ")}]
  handshake_timeout: "2s"
}`
