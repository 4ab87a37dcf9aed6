import type { Board } from "#domain/model/index.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"
import type { CommandRequest, Downtime, Call, Entry, RowRead } from "../history.ts"

/** A fact as it stands in the log, and as what part of an atomic batch it came. */
export interface LoggedEvent extends RecordedEvent {
  readonly batch?: { readonly id: string; readonly sequence: number; readonly commits: boolean }
}

/** A message of a stream that is made from the log: which fact it carries, or which line of the audit it is. */
export interface DerivedMessage {
  readonly subject: string
  readonly id: string
  readonly type: string
  readonly commandId: string
}

/** A row as an app told it. */
export interface ObservedRow {
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
  readonly log: ReadonlyArray<LoggedEvent>
  /** Positions of the log that hold no fact this board can read, and their subjects; put there by a fault. */
  readonly undecodable: ReadonlyMap<number, string>
  /** What is parked, as each app tells it: ids. */
  readonly deadLetters: ReadonlyMap<string, ReadonlyArray<string>>
  /** The streams that are made from the log, by name. */
  readonly derivedStreams: ReadonlyMap<string, ReadonlyArray<DerivedMessage>>
  /** The rows of each bucket, by name and path, as JSON text. */
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, string>>
  readonly observedRows: ReadonlyArray<ObservedRow>
  readonly replicas: ReadonlyArray<Replica>
  /** What did not come to rest in time after healing. */
  readonly unsettled: ReadonlyArray<string>
}

/** A promise that was not kept: which, how, and the least of the history that shows it. */
export interface Violation {
  readonly invariant: string
  readonly description: string
  readonly excerpt: ReadonlyArray<string>
}

export interface Invariant {
  readonly name: string
  readonly promise: string
  readonly check: (index: EvidenceIndex) => ReadonlyArray<Violation>
}

/** What was asked under one id, and what became of each time that it was sent, by begin. */
export interface CommandHistory {
  readonly request: CommandRequest | undefined
  readonly calls: ReadonlyArray<Call>
}

const groupedBy = <A>(all: Iterable<A>, keyOf: (a: A) => string): ReadonlyMap<string, ReadonlyArray<A>> =>
  Map.groupBy(all, keyOf)

const isEntryOf =
  <T extends Entry["type"]>(type: T) =>
  (entry: Entry): entry is Extract<Entry, { readonly type: T }> =>
    entry.type === type

/** Evidence, and the ways through it that several checks take. */
export class EvidenceIndex {
  readonly evidence: Evidence
  readonly requests: ReadonlyMap<string, CommandRequest>
  readonly calls: ReadonlyArray<Call>
  readonly rowReads: ReadonlyArray<RowRead>
  readonly downtimes: ReadonlyMap<string, ReadonlyArray<Downtime>>
  readonly callsByCommand: ReadonlyMap<string, ReadonlyArray<Call>>
  readonly eventAt: ReadonlyMap<number, LoggedEvent>
  readonly eventsByStream: ReadonlyMap<string, ReadonlyArray<LoggedEvent>>
  readonly eventsByCommand: ReadonlyMap<string, ReadonlyArray<LoggedEvent>>

  constructor(evidence: Evidence) {
    const { history, log } = evidence
    this.evidence = evidence
    this.requests = new Map(history.filter(isEntryOf("ask")).map((request) => [request.key, request]))
    this.calls = history.filter(isEntryOf("call")).sort((a, b) => a.t - b.t)
    this.rowReads = history.filter(isEntryOf("look"))
    this.downtimes = groupedBy(history.filter(isEntryOf("app")), ({ app }) => app)
    this.callsByCommand = groupedBy(this.calls, ({ key }) => key)
    this.eventAt = new Map(log.map((event) => [event.position, event]))
    this.eventsByStream = groupedBy(log, ({ streamId }) => streamId)
    this.eventsByCommand = groupedBy(log, ({ commandId }) => commandId)
  }
}
