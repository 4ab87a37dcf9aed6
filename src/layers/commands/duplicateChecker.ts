import { Effect, Option, Predicate, Schedule } from "effect"
import type { Board } from "#domain/model/index.ts"
import { type EventLog, isUndecodable, LogUnavailable, type UndecodableEvent } from "#layers/services/EventLog.ts"
import type { EventMetadata, RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { CommandIdReused } from "./Commands.ts"
import type { CommandInvocation } from "./decider.ts"
import { type Receipt, receiptOf } from "./Receipt.ts"

const staleReadRetryPolicy = Schedule.spaced("250 millis").pipe(Schedule.upTo({ times: 3 }))

/** A replica, or a former leader that does not know of its successor, may answer without the newest events. */
export const staleRead = () => new LogUnavailable({ reason: "the replica that answered is behind" })

/** Finds the events that were appended before under a command's id. */
export const duplicateChecker = (board: Board.Any, log: EventLog["Service"]) => {
  /** Looks in all event streams, since the command's events are in one or more of them. In the order of the log. */
  const eventsOfCommand = (
    streams: ReadonlyArray<{ readonly events: ReadonlyArray<RecordedEvent> }>,
    { commandId }: EventMetadata
  ) =>
    streams
      .flatMap(({ events }) => events.filter((event) => event.commandId === commandId))
      .sort((a, b) => a.position - b.position)

  /** What was stored for this command's id before. Where event streams are read in part, by the command's mark. */
  const findOwnEvents = (
    { isRepeatable, metadata, streams }: CommandInvocation,
    loaded: ReadonlyArray<{ readonly events: ReadonlyArray<RecordedEvent> }>
  ) =>
    streams.isPartlyRead && isRepeatable
      ? log.findCommand(metadata.commandId)
      : Effect.succeed(eventsOfCommand(loaded, metadata))

  /** The receipt of these events of the command id. Fails if they are of another command or input. */
  const firstReceipt = (
    ownEvents: ReadonlyArray<RecordedEvent>,
    metadata: EventMetadata
  ): Effect.Effect<Receipt, CommandIdReused> =>
    ownEvents[0]?.commandHash === metadata.commandHash
      ? Effect.succeed(receiptOf(board, ownEvents[0], ownEvents, true))
      : Effect.fail(new CommandIdReused({ commandId: metadata.commandId }))

  /** The log knows ids of these events. Unless they are in a guarded event stream, they belong to another command. */
  const findDuplicate = Effect.fnUntraced(function* (
    invocation: CommandInvocation,
    position?: number
  ): Effect.fn.Return<Receipt, CommandIdReused | LogUnavailable | UndecodableEvent> {
    const { metadata, streams } = invocation
    const loaded = streams.isPartlyRead ? [] : yield* log.readAll(streams.expected.map(({ id }) => id))
    const ownEvents = yield* findOwnEvents(invocation, loaded)
    if (ownEvents.length > 0) return yield* firstReceipt(ownEvents, metadata)
    const entry = position === undefined ? Option.none() : yield* log.readAt(position)
    const isOfOther = Option.exists(
      entry,
      (read) =>
        !streams.guarded.includes(read.streamId) || (!isUndecodable(read) && read.commandHash !== metadata.commandHash)
    )
    const failure = isOfOther ? new CommandIdReused({ commandId: metadata.commandId }) : staleRead()
    return yield* Effect.fail(failure)
  })

  return {
    ownEvents: findOwnEvents,
    firstReceipt,
    /** The first receipt of a duplicate. If it is not found after retries, and its position is unknown, the id was reused. */
    resolveDuplicate: (invocation: CommandInvocation, position?: number) =>
      findDuplicate(invocation, position).pipe(
        Effect.retry({ schedule: staleReadRetryPolicy, while: Predicate.isTagged("LogUnavailable") }),
        Effect.catchTag("LogUnavailable", (unavailable) =>
          Effect.fail(
            position === undefined ? new CommandIdReused({ commandId: invocation.metadata.commandId }) : unavailable
          )
        )
      )
  }
}
