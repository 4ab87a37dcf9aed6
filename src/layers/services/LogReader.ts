import { type Array, Context, type Effect, type Result, type Stream } from "effect"
import type { Boundary } from "#domain/model/index.ts"
import type { StoredMessage } from "#layers/contract/channelsSchema.ts"
import type { LogUnavailable, EventEnvelope, UndecodableEvent } from "./EventLog.ts"
import type { RecordedEvent } from "./RecordedEvent.ts"

/** A message of the log, decodable or not. Its parts are decoded on access. */
export interface LogMessage {
  readonly position: number
  readonly subject: string
  /** When the log stored it: milliseconds since 1970. */
  readonly storedAt: number
  readonly event: () => Result.Result<RecordedEvent, UndecodableEvent>
  /** Its CloudEvents attributes by name, unchecked; empty if it has none. */
  readonly attributes: () => Readonly<Record<string, string>>
  /** Its body: the parsed JSON, or the text if it is not JSON. */
  readonly data: () => unknown
}

/** Reads the log for monitoring: all its messages, including those that the board does not know. */
export class LogReader extends Context.Service<
  LogReader,
  {
    /**
     * All messages after a position, in order, then new ones, in batches of what is available. Never ends; fails when the
     * server sends no heartbeat.
     */
    follow(after: number): Stream.Stream<Array.NonEmptyReadonlyArray<LogMessage>, LogUnavailable>
    /**
     * The messages after `after` up to and including `upTo`, in order: the first thousand, or fewer if they are large, but
     * at least one.
     */
    readPage(after: number, upTo: number): Effect.Effect<ReadonlyArray<LogMessage>, LogUnavailable>
    /** The messages of an event stream, in order; of each type, the first thousand. */
    readStream(streamId: Boundary.StreamId): Effect.Effect<ReadonlyArray<LogMessage>, LogUnavailable>
    /**
     * The newest message that matches a filter, in the JetStream stream of the log or of a lane; `undefined` if there is
     * none. One read.
     */
    newest(stream: string, filter: string): Effect.Effect<StoredMessage | undefined, LogUnavailable>
    /**
     * The events of these types after `after` up to and including `upTo`, which has to be the position of one of them: in
     * order, in pages of a few hundred, so that other work can run in between.
     */
    replay<E, R>(
      types: ReadonlyArray<string>,
      after: number,
      upTo: number,
      handlePage: (page: ReadonlyArray<EventEnvelope | UndecodableEvent>) => Effect.Effect<void, E, R>
    ): Effect.Effect<void, E | LogUnavailable, R>
  }
>()("layers/LogReader") {}

/** The most messages of one page. */
export const pageSize = 1_000
