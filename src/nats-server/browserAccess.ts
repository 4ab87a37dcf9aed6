import { browserImports, websocketBlock } from "./accounts/browserBlocks.ts"

// The part of the configuration by which browsers read rows over WebSocket.

/** What browsers may reach, and who decides about them. */
export interface BrowserAccess {
  /** The port of the WebSocket listener on 127.0.0.1. */
  readonly port: number
  /** Origins of the pages that may connect, as `http://localhost:3000`; a client that is no browser sends none. */
  readonly origins: ReadonlyArray<string>
  /** The public key of the account that signs for browsers. */
  readonly issuer: string
  /** Requests that the server answers for them. */
  readonly requests: ReadonlyArray<string>
  /** Subjects that they may receive. */
  readonly changes: ReadonlyArray<string>
  /** Their connections at once. */
  readonly maxConnections: number
}

/** The account of browsers. */
export const browserAccount = "BROWSER"

/**
 * Subscriptions of one connection: the server applies the limit of an account to each connection. It does not enforce the
 * limits of a user that a callout admits.
 */
export const maxSubscriptions = 8

/** Bytes of a message that a browser sends: a request for keys. */
const maxPayload = 4_096

/**
 * An account of their own: permissions alone would not keep a browser from writing, since a request for a row may name any
 * subject of its account as the one to answer to. It has no users: each browser is admitted by the callout.
 */
export const renderBrowserAccount = (appAccount: string, access: BrowserAccess): string => `  ${browserAccount}: {
    limits: { max_connections: ${access.maxConnections}, max_subscriptions: ${maxSubscriptions}, max_payload: ${maxPayload} }
    imports: [
${browserImports(appAccount, access)
  .map((line) => `      ${line}`)
  .join("\n")}
    ]
  }`

/** The listener, and who is asked about clients that are not `users` of the configuration. */
export const renderWebsocket = (
  appAccount: string,
  users: ReadonlyArray<string>,
  { issuer, origins, port }: BrowserAccess
): string => `${websocketBlock({ listen: `127.0.0.1:${port}`, origins }, "no_tls: true")}
authorization {
  timeout: 3
  auth_callout { issuer: ${issuer}, account: ${appAccount}, auth_users: [${users.join(", ")}] }
}`
