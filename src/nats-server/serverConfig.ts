// The configuration of the app's own nats-server.

import { credentialsSubject } from "#layers/nats/connection/credentialsFile.ts"
import { browserExports } from "./accounts/browserBlocks.ts"
import { type BrowserAccess, browserAccount, renderBrowserAccount, renderWebsocket } from "./browserAccess.ts"

/** Requests that change nothing: the server answers them to viewers itself. `ViewerGate` answers the rest. */
const readOnlySubjects = [
  "$JS.API.INFO",
  "$JS.API.STREAM.INFO.*",
  "$JS.API.STREAM.LIST",
  "$JS.API.STREAM.NAMES",
  "$JS.API.STREAM.MSG.GET.*",
  "$JS.API.CONSUMER.LIST.*",
  "$JS.API.CONSUMER.NAMES.*",
  "$JS.API.DIRECT.GET.>"
]

/**
 * Requests of viewers that the app checks before the server receives them: their subject for the viewer, and for the app.
 * They are imported as streams, not as services, so that the server can deliver to the inbox that they name.
 */
export const gatedSubjects = {
  create: { from: "$JS.API.CONSUMER.CREATE.>", to: "_VIEW.api.create.>" },
  next: { from: "$JS.API.CONSUMER.MSG.NEXT.*.*", to: "_VIEW.api.next.*.*" },
  info: { from: "$JS.API.CONSUMER.INFO.*.*", to: "_VIEW.api.info.*.*" },
  delete: { from: "$JS.API.CONSUMER.DELETE.*.*", to: "_VIEW.api.delete.*.*" },
  credentials: { from: credentialsSubject, to: "_VIEW.api.credentials" }
} as const

/** Messages to this subject of the app's account are delivered to a viewer's inbox. */
export const deliverPrefix = "_VIEW.deliver"
/** The prefix of a viewer's inbox. Viewers receive no other subjects. */
export const inboxPrefix = "_INBOX"

export const viewerUser = "viewer"

/** The server reads the credentials from environment variables, so that they are in no file that others can read. */
const userVariable = "EVENT_MODEL_NATS_USER"
const passwordVariable = "EVENT_MODEL_NATS_PASSWORD"
export const credentialsEnvironment = (user: string, password: string) => ({
  [userVariable]: user,
  [passwordVariable]: password
})

const hasManyResponses = (subject: string) => subject === "$JS.API.DIRECT.GET.>"

const formatLines = (lines: ReadonlyArray<string>) => lines.map((line) => `      ${line}`).join("\n")

/** Without it, a browser without a token would be a viewer, who reads everything. */
const noWebsocket = `, allowed_connection_types: ["STANDARD"]`

/** The account that the app's streams are in. */
export const appAccount = "APP"

/**
 * The app has its own account. Clients without credentials are in another one, which imports the read-only requests.
 * Permissions alone would not isolate them: an allowed request could name a subject of the log as its reply subject.
 */
const renderAccounts = (browsers: BrowserAccess | undefined): string => `accounts {
  ${appAccount}: {
    jetstream: enabled
    users: [ { user: $${userVariable}, password: $${passwordVariable}${browsers ? noWebsocket : ""} } ]
    exports: [
${formatLines([
  ...(browsers ? browserExports(browserAccount, browsers) : []),
  ...readOnlySubjects.map(
    (subject) =>
      `{ service: "${subject}", response: ${hasManyResponses(subject) ? "stream" : "singleton"}, accounts: [VIEW] }`
  ),
  `{ stream: "${deliverPrefix}.>", accounts: [VIEW] }`
])}
    ]
    imports: [
${formatLines(Object.values(gatedSubjects).map(({ from, to }) => `{ stream: { account: VIEW, subject: "${from}" }, to: "${to}" }`))}
    ]
  }
  VIEW: {
    users: [ { user: ${viewerUser}, password: ${viewerUser}${browsers ? noWebsocket : ""}, permissions: {
      publish: { allow: ["$JS.API.>", "${gatedSubjects.credentials.from}", "$SYS.REQ.USER.INFO"] }
      subscribe: { allow: ["${inboxPrefix}.>"] }
    } } ]
    exports: [
${formatLines(Object.values(gatedSubjects).map(({ from }) => `{ stream: "${from}", accounts: [${appAccount}] }`))}
    ]
    limits: { max_connections: 64, max_subscriptions: 1024, max_payload: 64K }
    imports: [
${formatLines([
  ...readOnlySubjects.map((subject) => `{ service: { account: ${appAccount}, subject: "${subject}" } }`),
  `{ stream: { account: ${appAccount}, subject: "${deliverPrefix}.>" }, to: "${inboxPrefix}.>" }`
])}
    ]
  }
${browsers ? renderBrowserAccount(appAccount, browsers) : ""}
}
no_auth_user: ${viewerUser}
${browsers ? renderWebsocket(appAccount, [`$${userVariable}`, viewerUser], browsers) : ""}`

// By default the server reserves three quarters of the free disk, and rejects a stream that could grow beyond that; also a
// bucket that is recreated on a disk that is fuller by then. The streams' own limits decide how much is stored.
const maxFileStore = "1PB"

export interface ServerConfig {
  readonly dataDir: string
  /** -1 for any free port. */
  readonly port: number
  readonly syncInterval: string
  /** Whether clients without credentials can only read. */
  readonly restrictAnonymous: boolean
  /** Needs `restrictAnonymous`. */
  readonly browsers?: BrowserAccess | undefined
  readonly extraConfig: string
}

/** The text of `nats.conf`. */
export const renderConfig = ({
  browsers,
  dataDir,
  extraConfig,
  restrictAnonymous,
  port,
  syncInterval
}: ServerConfig): string =>
  [
    `listen: "127.0.0.1:${port}"`,
    "jetstream {",
    `  store_dir: ${JSON.stringify(dataDir)}`,
    `  sync_interval: ${syncInterval}`,
    `  max_file_store: ${maxFileStore}`,
    "}",
    ...(restrictAnonymous ? [renderAccounts(browsers)] : []),
    extraConfig,
    ""
  ].join("\n")
