import { makeRowTracker, type RowChange, type Snapshot, type StoredRow } from "./rowTracker.ts"

// Keeps rows up to date over connections that end: by an error, by the end of their token, or because a newer one takes
// over. No DOM, no NATS client: other front ends can copy this file, and give it their own `open` and `connect`.

/** The state of the rows that are shown. */
export type LiveState =
  | "connecting"
  /** Every change is shown when it happens. */
  | "live"
  /** A change was missed; a new snapshot is being read. */
  | "behind"
  /** The connection is lost. */
  | "reconnecting"
  /** The token expired before there was another one. */
  | "expired"
  /** The server or the API refuses this page. */
  | "denied"

/** The server or the API refuses, and says why. */
export class Refused extends Error {}

export interface Link {
  readonly snapshot: () => Promise<Snapshot>
  /** Resolves when the connection has ended. */
  readonly ended: Promise<"expired" | "lost">
  readonly close: () => void
}

export interface Follower<Session extends { readonly lifetimeSeconds: number }> {
  /** The next token: of the same session, if there is one. Throws `Refused`, or an error of the network. */
  readonly open: (previous: Session | undefined) => Promise<Session>
  /** Connects, and calls `onChange` for each row that is stored from then on. Throws as `open` does. */
  readonly connect: (session: Session, onChange: (change: RowChange) => void) => Promise<Link>
  readonly onRows: (rows: ReadonlyArray<StoredRow & { readonly value: string }>) => void
  /** `detail` says why, if something is wrong. */
  readonly onState: (state: LiveState, detail?: string) => void
  readonly sleep: (millis: number) => Promise<unknown>
}

/** When a token is renewed, as a share of its lifetime. */
const renewAfter = 2 / 3
const maxPauseMillis = 8_000
const pauseMillis = (failures: number) => Math.min(maxPauseMillis, 500 * 2 ** failures) * (0.5 + Math.random() / 2)

/** A connection, and the changes that wait while a snapshot is read. */
interface Connection<Session> {
  readonly session: Session
  readonly link: Link
  waiting: Array<RowChange> | undefined
  isReplaced: boolean
}

/** Follows the rows from `start` to `stop`. */
export class RowFollower<Session extends { readonly lifetimeSeconds: number }> {
  readonly #follower: Follower<Session>
  readonly #tracker = makeRowTracker()
  #current: Connection<Session> | undefined
  #isStopped = false

  constructor(follower: Follower<Session>) {
    this.#follower = follower
  }

  start(): void {
    this.#follower.onState("connecting")
    void this.#run()
  }

  stop(): void {
    this.#isStopped = true
    this.#current?.link.close()
  }

  async #run() {
    const { onState, sleep } = this.#follower
    let failures = 0
    while (!this.#isStopped) {
      try {
        const { link, session } = await this.#open()
        failures = 0
        const end = await Promise.race([link.ended, sleep(session.lifetimeSeconds * 1_000 * renewAfter)])
        if (end === "expired") onState("expired", "The token has expired; asking for another one.")
        if (end === "lost") onState("reconnecting", "The connection was lost.")
      } catch (error) {
        await this.#fail(error)
        await sleep(pauseMillis(failures++))
      }
    }
  }

  /** While the connection before still works, nothing is amiss yet: its token is renewed early. */
  async #fail(reason: unknown) {
    if (this.#isStopped) return
    const before = this.#current
    const end = before ? await Promise.race([before.link.ended, "open" as const]) : "lost"
    if (end === "open") return
    const state = end === "expired" ? "expired" : "reconnecting"
    this.#follower.onState(reason instanceof Refused ? "denied" : state, (reason as Error).message)
    // A token that was refused is not renewed.
    if (reason instanceof Refused) this.#current = undefined
  }

  async #open() {
    const session = await this.#follower.open(this.#current?.session)
    const early: Array<RowChange> = []
    let connection: Connection<Session> | undefined
    const link = await this.#follower.connect(session, (change) =>
      connection ? this.#receive(connection, change) : void early.push(change)
    )
    connection = { session, link, waiting: early, isReplaced: false }
    try {
      await this.#synchronise(connection)
    } catch (error) {
      link.close()
      throw error
    }
    return connection
  }

  #receive(connection: Connection<Session>, change: RowChange) {
    if (connection.waiting) connection.waiting.push(change)
    else if (connection === this.#current) {
      const applied = this.#tracker.apply(change)
      if (applied === "applied") this.#follower.onRows(this.#tracker.rows())
      if (applied === "gap") void this.#catchUp(connection)
    }
  }

  async #catchUp(connection: Connection<Session>) {
    connection.waiting = []
    this.#follower.onState("behind", "A change was missed; reading all rows again.")
    try {
      await this.#synchronise(connection)
    } catch {
      // `#run` opens another connection.
      connection.link.close()
    }
  }

  /**
   * Reads a snapshot, then applies the changes that arrived meanwhile. The changes are received before the snapshot is
   * requested, so that none falls between the two.
   */
  async #synchronise(connection: Connection<Session>) {
    for (let attempt = 0; !this.#isStopped; attempt++) {
      if (attempt > 0) await this.#follower.sleep(pauseMillis(attempt))
      connection.waiting ??= []
      const snapshot = await connection.link.snapshot()
      if (connection.isReplaced) return
      this.#tracker.reset(snapshot)
      const changes = connection.waiting
      connection.waiting = undefined
      if (changes.every((change) => this.#tracker.apply(change) !== "gap")) return this.#takeOver(connection)
    }
  }

  /** The connection before ends only now, so no change falls between the two; what both deliver is applied once. */
  #takeOver(connection: Connection<Session>) {
    const before = this.#current
    this.#current = connection
    if (before && before !== connection) {
      before.isReplaced = true
      before.link.close()
    }
    this.#follower.onRows(this.#tracker.rows())
    this.#follower.onState("live")
  }
}
