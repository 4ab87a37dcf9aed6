import { type Array, Context, type Effect, type Result, type Stream } from "effect"
import type { Boundary } from "#domain/model/index.ts"
import type { LogUnavailable, EventEnvelope, UndecodableEvent } from "./EventLog.ts"
import type { RecordedEvent } from "./RecordedEvent.ts"

/** A message as it stands in the log, whether the board can read it or not. What it says is decoded when it is asked for. */
export interface LogMessage {
  readonly position: number
  readonly subject: string
  /** When the log took it, in ms since 1970. */
  readonly storedAt: number
  readonly event: () => Result.Result<RecordedEvent, UndecodableEvent>
  /** CloudEvents attributes by name, as they are said; none if there are none. */
  readonly attributes: () => Readonly<Record<string, string>>
  /** Its body: what the JSON says, or the text as it is. */
  readonly data: () => unknown
}

/** The log for those who look on: all that stands in it, also what the board does not know. Nothing is skipped. */
export class LogReader extends Context.Service<
  LogReader,
  {
    /**
     * Everything behind a position, in order, and then each as it comes, in batches of whatever is there. Never ends;
     * fails when the log falls silent.
     */
    follow(after: number): Stream.Stream<Array.NonEmptyReadonlyArray<LogMessage>, LogUnavailable>
    /**
     * What stands behind one position, up to and with another, in order: the first thousand of it, or fewer where they are
     * large, but at least one.
     */
    readPage(after: number, upTo: number): Effect.Effect<ReadonlyArray<LogMessage>, LogUnavailable>
    /** Everything in a place, in order; of each type, the first thousand. */
    readStream(streamId: Boundary.StreamId): Effect.Effect<ReadonlyArray<LogMessage>, LogUnavailable>
    /**
     * The facts of these types behind one position, up to and with another, which is the position of one of them: in order,
     * in pages of some hundred, so that other work comes between.
     */
    replay<E, R>(
      types: ReadonlyArray<string>,
      after: number,
      upTo: number,
      handlePage: (page: ReadonlyArray<EventEnvelope | UndecodableEvent>) => Effect.Effect<void, E, R>
    ): Effect.Effect<void, E | LogUnavailable, R>
  }
>()("layers/LogReader") {}

/** The most that one page holds. */
export const pageSize = 1_000
