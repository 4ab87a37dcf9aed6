import { Effect, Option, Predicate, Schedule } from "effect"
import type { Board } from "#domain/model/index.ts"
import { type EventLog, LogUnavailable, type UndecodableEvent } from "#layers/services/EventLog.ts"
import type { EventMetadata, RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { CommandIdReused } from "./Commands.ts"
import type { StreamRefs } from "./readPlans.ts"
import { type Receipt, receiptOf } from "./Receipt.ts"

const staleReadRetryPolicy = Schedule.spaced("250 millis").pipe(Schedule.upTo({ times: 3 }))

/** A replica, or a leader that has been replaced and does not know, may answer without the newest events. */
export const staleRead = () => new LogUnavailable({ reason: "who answers has not heard of everything yet" })

/** Finds what a command has done before, under its id. */
export const duplicateChecker = (board: Board.Any, log: EventLog["Service"]) => {
  const eventsOfCommand = (events: ReadonlyArray<RecordedEvent>, { commandId }: EventMetadata) =>
    events.filter((event) => event.commandId === commandId)

  /** The first receipt, for these facts of the command id; another command or input under this id is refused. */
  const firstReceipt = (
    ownEvents: ReadonlyArray<RecordedEvent>,
    metadata: EventMetadata
  ): Effect.Effect<Receipt, CommandIdReused> =>
    ownEvents[0]?.commandHash === metadata.commandHash
      ? Effect.succeed(receiptOf(board, ownEvents[0], ownEvents, true))
      : Effect.fail(new CommandIdReused({ commandId: metadata.commandId }))

  /** The log has seen these fact ids. Unless they are in this place, they belong to another command. */
  const findDuplicate = Effect.fnUntraced(function* (
    { guarded, guardedId }: StreamRefs,
    metadata: EventMetadata,
    position?: number
  ): Effect.fn.Return<Receipt, CommandIdReused | LogUnavailable | UndecodableEvent> {
    const ownEvents = eventsOfCommand((yield* log.read(guarded)).events, metadata)
    if (ownEvents.length > 0) return yield* firstReceipt(ownEvents, metadata)
    const entry = position === undefined ? Option.none() : yield* log.readAt(position)
    const isInOtherStream = Option.exists(entry, ({ streamId }) => streamId !== guardedId)
    const failure = isInOtherStream ? new CommandIdReused({ commandId: metadata.commandId }) : staleRead()
    return yield* Effect.fail(failure)
  })

  return {
    eventsOfCommand,
    firstReceipt,
    /** If it is nowhere to be seen, it is looked for a few times more; then it is somewhere else. */
    resolveDuplicate: (streams: StreamRefs, metadata: EventMetadata, position?: number) =>
      findDuplicate(streams, metadata, position).pipe(
        Effect.retry({ schedule: staleReadRetryPolicy, while: Predicate.isTagged("LogUnavailable") }),
        Effect.catchTag("LogUnavailable", (unavailable) =>
          Effect.fail(position === undefined ? new CommandIdReused({ commandId: metadata.commandId }) : unavailable)
        )
      )
  }
}
