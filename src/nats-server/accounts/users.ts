import { Board } from "#domain/model/index.ts"
import { rowRequests, rowSubjects } from "#layers/buckets/rowSubjects.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { rebuiltFilter } from "#layers/nats/integrity/copies/rebuiltStream.ts"
import { streamSpecs } from "#layers/nats/provision/streamSpecs.ts"
import { servicePublishes } from "./servicePermissions.ts"

/** The kinds of users; each has a key of its own. */
export type Role = "service" | "operations" | "browser" | "partner" | "system" | "callout"

/** How a user may connect, and the only subjects that it may publish and subscribe to. */
export interface User {
  readonly role: Role
  readonly transport: "STANDARD" | "WEBSOCKET"
  readonly publish: ReadonlyArray<string>
  readonly subscribe: ReadonlyArray<string>
  /** How many seconds it has to answer a message that it receives, once; without this it may not. */
  readonly answerSeconds?: number
}

/** What the inboxes of a user begin with. With a common prefix, users of one account could read each other's answers. */
export const inboxPrefix = (role: Role): string => `_INBOX_${role}`
const inbox = (role: Role) => `${inboxPrefix(role)}.>`

const commandSubjects = (board: Board.Any) =>
  Board.commandSlices(board).map(({ command }) => Subject.commandSubject(board, command))

/** Questions about the services of NATS: to all of them, to those of a name, and to one instance. */
const discoverySubjects = ["PING", "INFO", "STATS"].flatMap((verb) => [`$SRV.${verb}`, `$SRV.${verb}.>`])

/** What an app needs while it runs. */
export const service = (board: Board.Any): User => ({
  role: "service",
  transport: "STANDARD",
  publish: servicePublishes(board),
  subscribe: [inbox("service"), ...commandSubjects(board), ...discoverySubjects],
  // Longer than any command runs.
  answerSeconds: 15
})

/** Everything about streams, buckets and consumers: provisioning, backup and restore, repair, voiding. And commands. */
export const operations = (board: Board.Any): User => ({
  role: "operations",
  transport: "STANDARD",
  publish: [
    ...streamSpecs(board, 1).flatMap(({ subjects = [] }) => subjects),
    rebuiltFilter(board),
    "$JS.API.>",
    "$JS.ACK.>",
    "$JS.SNAPSHOT.ACK.>",
    "$JS.SNAPSHOT.RESTORE.>",
    ...commandSubjects(board),
    ...discoverySubjects
  ],
  subscribe: [inbox("operations")]
})

/** Reads the rows of these buckets: a snapshot, and each change. */
export const browser = (board: Board.Any, buckets: ReadonlyArray<string>): User => ({
  role: "browser",
  transport: "WEBSOCKET",
  publish: buckets.flatMap(rowRequests),
  subscribe: [...buckets.map((bucket) => rowSubjects(board, bucket)), inbox("browser")]
})

/** Receives the lanes of these hotels, below the hotel's name, and sends nothing. */
export const partner = (board: Board.Any, hotels: ReadonlyArray<string>): User => ({
  role: "partner",
  transport: "STANDARD",
  publish: [],
  subscribe: hotels.flatMap((hotel) => board.lanes.map((lane) => `${hotel}.${Subject.publishedFilter(lane)}`))
})

/** Watches the server: connections, accounts, reloads. */
export const system: User = {
  role: "system",
  transport: "STANDARD",
  publish: ["$SYS.REQ.SERVER.>", "$SYS.REQ.ACCOUNT.>"],
  subscribe: ["$SYS.SERVER.>", "$SYS.ACCOUNT.>", inbox("system")]
}

/** Decides about browser sessions. */
export const callout: User = {
  role: "callout",
  transport: "STANDARD",
  publish: [],
  subscribe: ["$SYS.REQ.USER.AUTH", inbox("callout")],
  answerSeconds: 5
}
