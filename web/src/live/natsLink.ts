import { createInbox, errors, type Msg, type NatsConnection, wsconnect } from "@nats-io/nats-core"
import type { LiveSession } from "../../../src/layers/contract/liveSchema.ts"
import { type Link, Refused } from "./rowFollower.ts"
import type { RowChange, Snapshot, StoredRow } from "./rowTracker.ts"

/** The key under which a view records how far it is; it changes after the rows, so it reveals a missed one soon. */
const progressKey = "_position"

/** The most rows that the server sends in one answer. */
const maxRows = 1_000
const tooManyText = `More rows match than the server sends at once (${maxRows}). Choose fewer keys.`
const timeoutMillis = 5_000
const endOfAnswer = 204
const nothingFound = 404
const tooMany = 413

/**
 * What the server stored, by the headers that only the server writes. The subject of a message proves nothing: another
 * browser may have an answer of the server sent to any subject of this account.
 */
const storedRow = (message: Msg, prefix: string): StoredRow | undefined => {
  const { headers } = message
  const subject = headers?.get("Nats-Subject") ?? ""
  if (!headers || !subject.startsWith(prefix)) return undefined
  const isRemoved = /^(?:DEL|PURGE)$/u.test(headers.get("KV-Operation")) || headers.get("Nats-Marker-Reason") !== ""
  return {
    key: subject.slice(prefix.length),
    sequence: Number(headers.get("Nats-Sequence")),
    time: Date.parse(headers.get("Nats-Time-Stamp")),
    ...(!isRemoved && { value: message.string() })
  }
}

/** A row that was just stored; undefined for anything else, such as an answer that another browser had sent here. */
export const rowChange = (message: Msg, prefix: string): RowChange | undefined => {
  const { headers } = message
  const row = storedRow(message, prefix)
  if (!row || !headers?.has("Nats-Last-Sequence") || headers.has("Nats-Num-Pending")) return undefined
  return { ...row, previous: Number(headers.get("Nats-Last-Sequence")) }
}

/** One direct get for all rows, answered by one message each and a last one. */
const readSnapshot = (nats: NatsConnection, session: LiveSession, filters: ReadonlyArray<string>) =>
  new Promise<Snapshot>((resolve, reject) => {
    const rows: Array<StoredRow> = []
    const inbox = createInbox(session.inboxPrefix)
    const finish = (settle: () => void) => {
      clearTimeout(timer)
      subscription.unsubscribe()
      settle()
    }
    const timer = setTimeout(() => finish(() => reject(new Error("NATS did not answer in time."))), timeoutMillis)
    const subscription = nats.subscribe(inbox, {
      callback: (error, message) => {
        if (error) return finish(() => reject(new Refused(error.message)))
        const status = message.headers?.code ?? 0
        if (status === endOfAnswer || status === nothingFound) {
          const upTo = Number(message.headers?.get("Nats-UpTo-Sequence"))
          const isCut = Number(message.headers?.get("Nats-Num-Pending")) > 0
          return finish(() => (isCut ? reject(new Refused(tooManyText)) : resolve({ rows, upTo })))
        }
        if (status === tooMany) return finish(() => reject(new Refused(tooManyText)))
        if (status > 0) return finish(() => reject(new Error(`NATS answered ${status}.`)))
        const row = storedRow(message, session.stored)
        if (row) rows.push(row)
      }
    })
    const request = { multi_last: filters.map((keys) => `${session.stored}${keys}`), batch: maxRows }
    nats.publish(`$JS.API.DIRECT.GET.${session.stream}`, JSON.stringify(request), { reply: inbox })
  })

/** Tells of each operation that the server denies on this connection. */
const reportDenials = async (nats: NatsConnection, onDenied: (text: string) => void) => {
  for await (const status of nats.status()) {
    if (status.type === "error" && status.error instanceof errors.PermissionViolationError)
      onDenied(status.error.message)
  }
}

const connectWith = async ({ inboxPrefix, token, url }: LiveSession): Promise<NatsConnection> => {
  try {
    // The follower reconnects: each connection needs a token of its own.
    return await wsconnect({
      servers: url,
      token,
      inboxPrefix,
      reconnect: false,
      timeout: timeoutMillis,
      pingInterval: 10_000,
      maxPingOut: 2
    })
  } catch (error) {
    if (error instanceof errors.ConnectionError || error instanceof errors.TimeoutError)
      throw new Error("NATS cannot be reached.", { cause: error })
    throw new Refused(`NATS refuses the connection: ${(error as Error).message}.`, { cause: error })
  }
}

export interface NatsLink extends Link {
  /** Tries what no browser may do: to receive everything, to read another bucket, and to write a row. */
  readonly tryForbidden: () => void
}

/**
 * Connects over WebSocket and subscribes to the changes of rows whose keys match a pattern: `>` matches all, `*` one
 * token. `onDenied` is told what the server denies.
 */
export const connectRows = async (
  session: LiveSession,
  keys: string,
  onChange: (change: RowChange) => void,
  onDenied: (text: string) => void
): Promise<NatsLink> => {
  const nats = await connectWith(session)
  void reportDenials(nats, onDenied)
  const filters = keys === ">" ? [keys] : [keys, progressKey]
  for (const filter of filters) {
    nats.subscribe(`${session.changes}${filter}`, {
      callback: (error, message) => {
        const change = error ? undefined : rowChange(message, session.stored)
        if (change) onChange(change)
      }
    })
  }
  return {
    snapshot: () => readSnapshot(nats, session, filters),
    ended: nats.closed().then((error) => (error instanceof errors.UserAuthenticationExpiredError ? "expired" : "lost")),
    close: () => void nats.close(),
    tryForbidden: () => {
      for (const subject of [">", "$KV.parked.>"]) nats.subscribe(subject, { callback: () => {} })
      nats.publish(`${session.stored}forged`, "{}")
    }
  }
}
