// The configuration of a nats-server of the app's own.

import { credentialsSubject } from "#layers/nats/connection/credentialsFile.ts"

/** By themselves viewers reach what the server answers without changing anything. The app answers the rest: ViewerGate. */
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
 * Requests of viewers that the app checks before the server gets them: under what they are made, and where they arrive. They
 * are passed on as messages, not as services, so that the server can deliver to the inbox that they name.
 */
export const gatedSubjects = {
  create: { from: "$JS.API.CONSUMER.CREATE.>", to: "_VIEW.api.create.>" },
  next: { from: "$JS.API.CONSUMER.MSG.NEXT.*.*", to: "_VIEW.api.next.*.*" },
  info: { from: "$JS.API.CONSUMER.INFO.*.*", to: "_VIEW.api.info.*.*" },
  delete: { from: "$JS.API.CONSUMER.DELETE.*.*", to: "_VIEW.api.delete.*.*" },
  credentials: { from: credentialsSubject, to: "_VIEW.api.credentials" }
} as const

/** Messages for a viewer's inbox come out of this subject of the app's account. */
export const deliverPrefix = "_VIEW.deliver"
/** What the inbox of a viewer begins with. Nothing else is delivered to viewers. */
export const inboxPrefix = "_INBOX"

export const viewerUser = "viewer"

/** The environment variables that the credentials come from, so that they are in no file that others can read. */
const userVariable = "EVENT_MODEL_NATS_USER"
const passwordVariable = "EVENT_MODEL_NATS_PASSWORD"
export const credentialsEnvironment = (user: string, password: string) => ({
  [userVariable]: user,
  [passwordVariable]: password
})

const hasManyAnswers = (subject: string) => subject === "$JS.API.DIRECT.GET.>"

const formatLines = (lines: ReadonlyArray<string>) => lines.map((line) => `      ${line}`).join("\n")

/** The account that the app's streams are in. */
export const appAccount = "APP"

/**
 * The app has an account of its own. Who brings no credentials is in another, which imports what only looks. An account
 * is a wall that permissions are not: a request that may be sent could name the log as the subject to answer to.
 */
const renderAccounts = (): string => `accounts {
  ${appAccount}: {
    jetstream: enabled
    users: [ { user: $${userVariable}, password: $${passwordVariable} } ]
    exports: [
${formatLines([
  ...readOnlySubjects.map(
    (subject) =>
      `{ service: "${subject}", response: ${hasManyAnswers(subject) ? "stream" : "singleton"}, accounts: [VIEW] }`
  ),
  `{ stream: "${deliverPrefix}.>", accounts: [VIEW] }`
])}
    ]
    imports: [
${formatLines(Object.values(gatedSubjects).map(({ from, to }) => `{ stream: { account: VIEW, subject: "${from}" }, to: "${to}" }`))}
    ]
  }
  VIEW: {
    users: [ { user: ${viewerUser}, password: ${viewerUser}, permissions: {
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
}
no_auth_user: ${viewerUser}`

// By itself the server takes on three quarters of the disk that is free, and refuses a stream that may grow beyond; also
// the bucket that is created again on a disk that is fuller by then. How much is kept is for the streams' own limits to say.
const maxFileStore = "1PB"

export interface ServerConfig {
  readonly dataDir: string
  /** -1 for any that is free. */
  readonly port: number
  readonly syncInterval: string
  /** Whether only who has the credentials may change anything. */
  readonly restrictAnonymous: boolean
  readonly extraConfig: string
}

/** The text of `nats.conf`. */
export const renderConfig = ({ dataDir, extraConfig, restrictAnonymous, port, syncInterval }: ServerConfig): string =>
  [
    `listen: "127.0.0.1:${port}"`,
    "jetstream {",
    `  store_dir: ${JSON.stringify(dataDir)}`,
    `  sync_interval: ${syncInterval}`,
    `  max_file_store: ${maxFileStore}`,
    "}",
    ...(restrictAnonymous ? [renderAccounts()] : []),
    extraConfig,
    ""
  ].join("\n")
