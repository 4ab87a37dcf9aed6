import { Context, Data, type Effect, type Option } from "effect"
import type { Boundary, Decision } from "#domain/model/index.ts"
import type { DomainEvent, EventMetadata, RecordedEvent } from "./RecordedEvent.ts"

/** How far a place is known: the position of its newest fact and how many it has; 0 and 0 for an untouched one. */
export interface StreamVersion {
  readonly position: number
  readonly count: number
}

export const emptyStream: StreamVersion = { position: 0, count: 0 }

/** What is known in one place, oldest first. */
export interface StreamHistory extends StreamVersion {
  readonly events: ReadonlyArray<RecordedEvent>
}

/** Somebody else added a fact to the place first. Look again, and decide again. */
export class VersionConflict extends Data.TaggedError("VersionConflict")<{ readonly streamId: string }> {}

/**
 * A fact with one of these ids was stored before: the same command, repeated, or its id used for something else.
 * `position` is where, if that is known.
 */
export class DuplicateCommand extends Data.TaggedError("DuplicateCommand")<{
  readonly commandId: string
  readonly position?: number | undefined
}> {}

/**
 * The log did not answer, or cannot take anything for now. Whether anything was written is unknown; the command's id will
 * tell. What can never succeed is another error, so that it is not retried: see `AppendError`.
 */
export class LogUnavailable extends Data.TaggedError("LogUnavailable")<{
  readonly reason: string
  readonly cause?: unknown
}> {
  override get message() {
    return `The log is not reachable: ${this.reason}. What is asked again with the same command id is done once.`
  }
}

/** The log refuses new facts because it reached its size limit. Nothing was written. */
export class LogFull extends Data.TaggedError("LogFull")<{
  readonly reason: string
  /** The one that is full. */
  readonly stream?: string
}> {
  override get message() {
    const stream = this.stream ?? "<stream>"
    return (
      `The stream ${stream} is full (${this.reason}). Nothing was written. Raise its limit, which holds over restarts: ` +
      `nats stream edit ${stream} --max-bytes <bytes, such as 128GiB>`
    )
  }
}

/** An event or a rejection is larger than its stream takes. Nothing was written, and nothing will be as long as it is. */
export class MessageTooLarge extends Data.TaggedError("MessageTooLarge")<{
  /** The event or the rejection. */
  readonly type: string
  /** With its headers, those included that the server needs. */
  readonly bytes: number
  readonly maxBytes: number
  /** What sets `max`: the board's declaration, where nothing else is said. */
  readonly limit?: MessageLimit["limit"]
}> {
  override get message() {
    const limit = this.limit ?? "maxMessageBytes"
    return (
      `${this.type} has ${this.bytes} bytes as a message; at most ${this.maxBytes} are stored (${limit}). Nothing was written. ` +
      remedies[limit]
    )
  }
}

/** The most bytes of a message, and what says so. */
export interface MessageLimit {
  readonly maxBytes: number
  readonly limit: keyof typeof remedies
}

const remedies = {
  maxMessageBytes: "Make it smaller, or raise maxMessageBytes where the board declares its log or its audit.",
  max_payload: "Make it smaller, or raise max_payload in the configuration of the nats-server.",
  headers: "Make what stands in its headers smaller: nats-server takes no more of them."
} as const

/** The server answered and refused a write for a reason that does not pass by itself. Nothing was written. */
export class WriteRejected extends Data.TaggedError("WriteRejected")<{
  /** The server's words and its error code. */
  readonly reason: string
}> {
  override get message() {
    return (
      `The server refused what was to be written: ${this.reason}. Nothing was written, and a repetition is refused too. ` +
      "Compare the stream's configuration with what the board declares."
    )
  }
}

/** A message of the log is not a fact this board knows how to read. */
export class UndecodableEvent extends Data.TaggedError("UndecodableEvent")<{
  readonly subject: string
  /** As its subject says: `room-night/1_2022-12-12`. */
  readonly streamId: string
  readonly position: number
  readonly reason: string
}> {
  override get message() {
    return `The fact at position ${this.position} (${this.subject}) cannot be read: ${this.reason}`
  }
}

/** Why events were not appended. Only `LogUnavailable`, `LogFull` and `Conflict` may be another answer the next time. */
export type AppendError =
  | VersionConflict
  | DuplicateCommand
  | LogUnavailable
  | LogFull
  | Decision.TooManyEvents
  | MessageTooLarge
  | WriteRejected

/** A message of the log, as well as it can be read. Those who follow the log pass none over. */
export type LogEntry = RecordedEvent | UndecodableEvent

export const isUndecodable = (entry: EventEnvelope | UndecodableEvent): entry is UndecodableEvent =>
  entry instanceof UndecodableEvent

/** What following the log needs of a fact. */
export type EventEnvelope = Pick<RecordedEvent, "position" | "streamId" | "event" | "time" | "actor">

/** All facts of a board, in one order. One layer keeps it in a JetStream stream, one in memory; both pass one suite. */
export class EventLog extends Context.Service<
  EventLog,
  {
    /** The whole past of a place, in one round trip. */
    read(streamId: Boundary.StreamId): Effect.Effect<StreamHistory, LogUnavailable | UndecodableEvent>
    /** The pasts of several places, asked for at once, in their order. */
    readAll(
      streamIds: ReadonlyArray<Boundary.StreamId>
    ): Effect.Effect<ReadonlyArray<StreamHistory>, LogUnavailable | UndecodableEvent>
    /** All the facts or none, and only while the place still stands as `stand` says. From 1 to 1,000 facts. */
    append(
      streamId: Boundary.StreamId,
      expectedVersion: StreamVersion,
      events: ReadonlyArray<DomainEvent>,
      metadata: EventMetadata
    ): Effect.Effect<ReadonlyArray<RecordedEvent>, AppendError>
    /** Which log this is: positions in another one mean nothing in this one. */
    readonly identity: Effect.Effect<string, LogUnavailable>
    /**
     * Names the history that positions count in. It differs from the identity in one case: a restored backup keeps the
     * identity, but its log is taken back, so positions that were handed out before may come to name other events.
     */
    readonly history: Effect.Effect<string, LogUnavailable>
    /** What stands at a position, if anything does. */
    readAt(position: number): Effect.Effect<Option.Option<LogEntry>, LogUnavailable>
    /** The position of the newest fact of any of these types, or of all types; 0 if there is none. */
    lastPosition(types?: ReadonlyArray<string>): Effect.Effect<number, LogUnavailable>
    /** The facts of these types behind position `after`, up to and with `upTo`, in the log's order. It has come so far. */
    readRange(
      types: ReadonlyArray<string>,
      after: number,
      upTo: number
    ): Effect.Effect<ReadonlyArray<LogEntry>, LogUnavailable>
    /** The same in pages, for as much as there is. `upTo` is the position of a fact of these types. */
    replay<E, R>(
      types: ReadonlyArray<string>,
      after: number,
      upTo: number,
      handlePage: (page: ReadonlyArray<EventEnvelope | UndecodableEvent>) => Effect.Effect<void, E, R>
    ): Effect.Effect<void, E | LogUnavailable, R>
  }
>()("layers/EventLog") {}
