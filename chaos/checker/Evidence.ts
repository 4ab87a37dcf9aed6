import type { Board } from "#domain/model/index.ts"
import { isOriginal, type RecordedEvent } from "#layers/services/RecordedEvent.ts"
import type { CommandRequest, Downtime, Call, Entry, RowRead } from "../history.ts"

/** A message of the log, and its part of an atomic batch. */
export interface LoggedMessage {
  readonly position: number
  readonly subject: string
  readonly batch?: { readonly id: string; readonly sequence: number; readonly commits: boolean }
}

/** An event of the log, or a copy of one. */
export interface LoggedEvent extends RecordedEvent, LoggedMessage {}

/** A message of a stream derived from the log: an event, or an entry of the audit. */
export interface DerivedMessage {
  readonly subject: string
  readonly id: string
  readonly type: string
  readonly commandId: string
}

/** A row as an app returned it. */
export interface ObservedRow {
  readonly app: string
  readonly view: string
  readonly path: string
  readonly row: unknown
}

/** One node's copy of a stream. */
export interface Replica {
  readonly stream: string
  readonly node: string
  readonly messages: number
  readonly last: number
  readonly digest: string
}

/** The data collected when a run has ended, all faults are healed and the system is quiescent. */
export interface Evidence {
  readonly board: Board.Any
  readonly history: ReadonlyArray<Entry>
  /** Events and their copies, in log order. */
  readonly log: ReadonlyArray<LoggedEvent>
  /** The messages that only carry a guard, and the marks of commands, in log order. */
  readonly checks: ReadonlyArray<LoggedMessage>
  /** Positions and subjects of messages in the log that this board cannot decode; a fault published them. */
  readonly undecodable: ReadonlyMap<number, string>
  /** The ids of dead letters, by app. */
  readonly deadLetters: ReadonlyMap<string, ReadonlyArray<string>>
  /** The streams derived from the log, by name. */
  readonly derivedStreams: ReadonlyMap<string, ReadonlyArray<DerivedMessage>>
  /** The rows of each bucket, by name and path, as JSON text. */
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, string>>
  readonly observedRows: ReadonlyArray<ObservedRow>
  readonly replicas: ReadonlyArray<Replica>
  /** The states that were not reached in time after healing. */
  readonly unsettled: ReadonlyArray<string>
}

/** A violation of an invariant, with the shortest excerpt of the history that shows it. */
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

const groupedBy = <A>(all: Iterable<A>, keyOf: (a: A) => string): ReadonlyMap<string, ReadonlyArray<A>> =>
  Map.groupBy(all, keyOf)

const isEntryOf =
  <T extends Entry["type"]>(type: T) =>
  (entry: Entry): entry is Extract<Entry, { readonly type: T }> =>
    entry.type === type

/** The evidence with indexes that several checks use. */
export class EvidenceIndex {
  readonly evidence: Evidence
  readonly requests: ReadonlyMap<string, CommandRequest>
  readonly calls: ReadonlyArray<Call>
  readonly rowReads: ReadonlyArray<RowRead>
  readonly downtimes: ReadonlyMap<string, ReadonlyArray<Downtime>>
  readonly callsByCommand: ReadonlyMap<string, ReadonlyArray<Call>>
  /** The log without copies. */
  readonly originals: ReadonlyArray<LoggedEvent>
  readonly eventAt: ReadonlyMap<number, LoggedEvent>
  /** Events and copies by event stream. */
  readonly eventsByStream: ReadonlyMap<string, ReadonlyArray<LoggedEvent>>
  /** Events and copies by command id. */
  readonly eventsByCommand: ReadonlyMap<string, ReadonlyArray<LoggedEvent>>

  constructor(evidence: Evidence) {
    const { history, log } = evidence
    this.evidence = evidence
    this.requests = new Map(history.filter(isEntryOf("ask")).map((request) => [request.key, request]))
    this.calls = history.filter(isEntryOf("call")).sort((a, b) => a.t - b.t)
    this.rowReads = history.filter(isEntryOf("look"))
    this.downtimes = groupedBy(history.filter(isEntryOf("app")), ({ app }) => app)
    this.callsByCommand = groupedBy(this.calls, ({ key }) => key)
    this.originals = log.filter(isOriginal)
    this.eventAt = new Map(log.map((event) => [event.position, event]))
    this.eventsByStream = groupedBy(log, ({ streamId }) => streamId)
    this.eventsByCommand = groupedBy(log, ({ commandId }) => commandId)
  }
}
