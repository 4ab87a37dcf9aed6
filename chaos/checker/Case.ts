import type { Board } from "#domain/model/index.ts"
import type { Recorded } from "#layers/services/RecordedEvent.ts"
import type { Ask, Away, Call, Entry, Look } from "../history.ts"

/** A fact as it stands in the log, and as what part of an atomic batch it came. */
export interface Logged extends Recorded {
  readonly batch?: { readonly id: string; readonly sequence: number; readonly commits: boolean }
}

/** A message of a stream that is made from the log: which fact it carries, or which line of the audit it is. */
export interface Copy {
  readonly subject: string
  readonly id: string
  readonly type: string
  readonly commandId: string
}

/** A row as an app told it. */
export interface Seen {
  readonly app: string
  readonly view: string
  readonly path: string
  readonly row: unknown
}

/** What one node has of one stream. */
export interface Replica {
  readonly stream: string
  readonly node: string
  readonly messages: number
  readonly last: number
  readonly digest: string
}

/** All that is known when a run has ended, everything is healed, and nothing moves any more. */
export interface Evidence {
  readonly board: Board.Any
  readonly history: ReadonlyArray<Entry>
  /** In the log's order. */
  readonly log: ReadonlyArray<Logged>
  /** Positions of the log that hold no fact this board can read, and their subjects; put there by a fault. */
  readonly strange: ReadonlyMap<number, string>
  /** What is parked, as each app tells it: ids. */
  readonly parked: ReadonlyMap<string, ReadonlyArray<string>>
  /** The streams that are made from the log, by name. */
  readonly copies: ReadonlyMap<string, ReadonlyArray<Copy>>
  /** The rows of each bucket, by name and path, as JSON text. */
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, string>>
  readonly seen: ReadonlyArray<Seen>
  readonly replicas: ReadonlyArray<Replica>
  /** What did not come to rest in time after healing. */
  readonly restless: ReadonlyArray<string>
}

/** A promise that was not kept: which, how, and the least of the history that shows it. */
export interface Violation {
  readonly invariant: string
  readonly what: string
  readonly excerpt: ReadonlyArray<string>
}

export interface Invariant {
  readonly name: string
  readonly promise: string
  readonly check: (about: Case) => ReadonlyArray<Violation>
}

/** What was asked under one id, and what became of each time that it was sent, by begin. */
export interface Story {
  readonly ask: Ask | undefined
  readonly calls: ReadonlyArray<Call>
}

const grouped = <A>(all: Iterable<A>, of: (a: A) => string): ReadonlyMap<string, ReadonlyArray<A>> =>
  Map.groupBy(all, of)

const isOf =
  <T extends Entry["type"]>(type: T) =>
  (entry: Entry): entry is Extract<Entry, { readonly type: T }> =>
    entry.type === type

/** Evidence, and the ways through it that several checks take. */
export class Case {
  readonly evidence: Evidence
  readonly asks: ReadonlyMap<string, Ask>
  readonly calls: ReadonlyArray<Call>
  readonly looks: ReadonlyArray<Look>
  readonly away: ReadonlyMap<string, ReadonlyArray<Away>>
  readonly callsOf: ReadonlyMap<string, ReadonlyArray<Call>>
  readonly at: ReadonlyMap<number, Logged>
  readonly ofPlace: ReadonlyMap<string, ReadonlyArray<Logged>>
  readonly ofCommand: ReadonlyMap<string, ReadonlyArray<Logged>>

  constructor(evidence: Evidence) {
    const { history, log } = evidence
    this.evidence = evidence
    this.asks = new Map(history.filter(isOf("ask")).map((ask) => [ask.key, ask]))
    this.calls = history.filter(isOf("call")).sort((a, b) => a.t - b.t)
    this.looks = history.filter(isOf("look"))
    this.away = grouped(history.filter(isOf("app")), ({ app }) => app)
    this.callsOf = grouped(this.calls, ({ key }) => key)
    this.at = new Map(log.map((fact) => [fact.position, fact]))
    this.ofPlace = grouped(log, ({ place }) => place)
    this.ofCommand = grouped(log, ({ commandId }) => commandId)
  }
}
