import { Context, Data, type Effect, type Option } from "effect"
import type { Boundary, Decision } from "#domain/model/index.ts"
import type { LogFull, MessageTooLarge, WriteRejected } from "./appendErrors.ts"
import type { DomainEvent, EventMetadata, RecordedEvent, StoredEvent } from "./RecordedEvent.ts"

export { LogFull, MessageTooLarge, WriteRejected, type MessageLimit } from "./appendErrors.ts"

/** The version of an event stream: the position of its newest event and the number of its events; 0 and 0 if empty. */
export interface StreamVersion {
  readonly position: number
  readonly count: number
}

export const emptyStream: StreamVersion = { position: 0, count: 0 }

/** An append that is queued: it may still fail, and further appends may be based on it. */
export interface QueuedAppend {
  /** What it will store, in the order of the log. */
  readonly events: ReadonlyArray<StoredEvent>
}

/** The version of an event stream after an append that is queued, and has no position yet. */
export interface QueuedVersion {
  /** It changes the event stream. */
  readonly after: QueuedAppend
  readonly count: number
}

/** The version that an event stream must still have when events are appended. */
export interface ExpectedVersion {
  readonly streamId: Boundary.StreamId
  readonly version: StreamVersion | QueuedVersion
}

/** The events of an event stream, oldest first, and its version. */
export interface StreamHistory extends StreamVersion {
  readonly events: ReadonlyArray<RecordedEvent>
}

/** An event stream to read: all of it, the newest event of each type, or the events after a position. */
export interface StreamRead extends Boundary.StreamId {
  readonly after?: number | "newest" | undefined
}

/** How a command is stored beside its events. */
export interface AppendOptions {
  /** The command's id is stored, too, so that `findCommand` finds it, and the id is accepted only once for all time. */
  readonly marksCommand?: boolean
  /**
   * Runs as soon as appends may be based on this one, which they may then expect as `after`: they are stored after it, in
   * the same batch where possible, and only if it is stored. It does not run if the append fails before.
   */
  readonly onQueued?: ((append: QueuedAppend) => void) | undefined
}

/** An event stream has another version than expected: load them all and decide again. */
export class VersionConflict extends Data.TaggedError("VersionConflict")<{
  /** The first of the expected event streams: the server does not report which one has changed. */
  readonly streamId: string
  /** Another write to the same event streams is being stored at this moment: try again. */
  readonly isInFlight?: boolean
}> {}

/**
 * The append is based on a queued one that was not stored. Nothing was written, and nothing is known to have changed but the
 * event streams of the other one: decide again.
 */
export class PrecedingAppendFailed extends Data.TaggedError("PrecedingAppendFailed") {}

/**
 * An event with one of these ids is stored already: the command is a duplicate, or its id belongs to another command.
 * `position` is that event's, if known.
 */
export class DuplicateCommand extends Data.TaggedError("DuplicateCommand")<{
  readonly commandId: string
  readonly position?: number | undefined
}> {}

/**
 * The log did not answer, or cannot accept writes for now. Whether anything was written is unknown; a retry with the same
 * command id finds out. A write that can never succeed fails with another error, so that it is not retried: see
 * `AppendError`.
 */
export class LogUnavailable extends Data.TaggedError("LogUnavailable")<{
  readonly reason: string
  readonly cause?: unknown
}> {
  override get message() {
    return `The log is not reachable: ${this.reason}. A command that is repeated with the same command id runs only once.`
  }
}

/** A message of the log that the board cannot decode as one of its events. */
export class UndecodableEvent extends Data.TaggedError("UndecodableEvent")<{
  readonly subject: string
  /** From its subject: `room-night/1_2022-12-12`. */
  readonly streamId: string
  readonly position: number
  readonly reason: string
  /** Whether newer code wrote it, so that this process has to wait for its own update. */
  readonly isNewer?: boolean
}> {
  override get message() {
    return `The event at position ${this.position} (${this.subject}) cannot be read: ${this.reason}`
  }
}

/** Why events were not appended. The first three and `LogFull` are worth a retry. */
export type AppendError =
  | PrecedingAppendFailed
  | VersionConflict
  | LogUnavailable
  | DuplicateCommand
  | LogFull
  | Decision.TooManyEvents
  | MessageTooLarge
  | WriteRejected

/** A message of the log, decoded if possible. Processors skip neither kind. */
export type LogEntry = RecordedEvent | UndecodableEvent

export const isUndecodable = (entry: EventEnvelope | UndecodableEvent): entry is UndecodableEvent =>
  entry instanceof UndecodableEvent

/** Whether newer code wrote an entry, in a shape that this process does not know. */
export const isNewer = (entry: EventEnvelope | UndecodableEvent): boolean =>
  isUndecodable(entry) && entry.isNewer === true

/** The fields of an event that views use. */
export type EventEnvelope = Pick<RecordedEvent, "position" | "streamId" | "event" | "readAs" | "time" | "actor">

/** All events of a board in one total order. Its layers store them in a JetStream stream or in memory and pass one suite. */
export class EventLog extends Context.Service<
  EventLog,
  {
    /** The whole event stream, in one round trip. */
    read(streamId: Boundary.StreamId): Effect.Effect<StreamHistory, LogUnavailable | UndecodableEvent>
    /** Several event streams, requested at once; the results are in the order of the reads. */
    readAll(
      reads: ReadonlyArray<StreamRead>
    ): Effect.Effect<ReadonlyArray<StreamHistory>, LogUnavailable | UndecodableEvent>
    /**
     * Appends events atomically, if all these event streams still have the expected versions; the streams that the events
     * belong to are among them. Returns what was stored, in the order of the log: each event, followed by a copy for each
     * further boundary of its lane; at most 1,000 messages.
     */
    append(
      expected: ReadonlyArray<ExpectedVersion>,
      events: ReadonlyArray<DomainEvent>,
      metadata: EventMetadata,
      options?: AppendOptions
    ): Effect.Effect<ReadonlyArray<RecordedEvent>, AppendError>
    /** What was stored for a command that was appended with `marksCommand`; empty if there is no such command. */
    findCommand(commandId: string): Effect.Effect<ReadonlyArray<RecordedEvent>, LogUnavailable | UndecodableEvent>
    /** Identifies this log: a position is only valid in the log it comes from. */
    readonly identity: Effect.Effect<string, LogUnavailable>
    /**
     * Identifies the history that positions belong to. It differs from the identity in one case: a restored backup keeps
     * the identity, but its log ends earlier, so positions that were returned before may come to name other events.
     */
    readonly history: Effect.Effect<string, LogUnavailable>
    /** The entry at a position, if there is one; a copy counts as one, and a check does not. */
    readAt(position: number): Effect.Effect<Option.Option<LogEntry>, LogUnavailable>
    /** The position of the newest event of these types, by default of all types; 0 if there is none. */
    lastPosition(types?: ReadonlyArray<string>): Effect.Effect<number, LogUnavailable>
    /** The events of these types after position `after` up to and including `upTo`, which the log has reached, in order. */
    readRange(
      types: ReadonlyArray<string>,
      after: number,
      upTo: number
    ): Effect.Effect<ReadonlyArray<LogEntry>, LogUnavailable>
    /** The same in pages, for any number of events. `upTo` has to be the position of an event of these types. */
    replay<E, R>(
      types: ReadonlyArray<string>,
      after: number,
      upTo: number,
      handlePage: (page: ReadonlyArray<EventEnvelope | UndecodableEvent>) => Effect.Effect<void, E, R>
    ): Effect.Effect<void, E | LogUnavailable, R>
  }
>()("layers/EventLog") {}
