import { Effect, Option, Predicate, Schedule } from "effect"
import type { Board } from "#domain/model/index.ts"
import { type EventLog, LogUnavailable, type Unreadable } from "#layers/services/EventLog.ts"
import type { Origin, Recorded } from "#layers/services/RecordedEvent.ts"
import { CommandIdReused } from "./Commands.ts"
import type { Places } from "./readPlan.ts"
import { type Receipt, receiptOf } from "./Receipt.ts"

const aFewTimes = Schedule.spaced("250 millis").pipe(Schedule.upTo({ times: 3 }))

/** A replica, or a leader that has been replaced and does not know, may answer without the newest events. */
export const behind = () => new LogUnavailable({ reason: "who answers has not heard of everything yet" })

/** Finds what a command has done before, under its id. */
export const duplicates = (board: Board.Any, log: EventLog["Service"]) => {
  const ofCommand = (facts: ReadonlyArray<Recorded>, { commandId }: Origin) =>
    facts.filter((fact) => fact.commandId === commandId)

  /** The first receipt, for these facts of the command id; another command or input under this id is refused. */
  const repeated = (own: ReadonlyArray<Recorded>, origin: Origin): Effect.Effect<Receipt, CommandIdReused> =>
    own[0]?.commandHash === origin.commandHash
      ? Effect.succeed(receiptOf(board, own[0], own, true))
      : Effect.fail(new CommandIdReused({ commandId: origin.commandId }))

  /** The log has seen these fact ids. Unless they are in this place, they belong to another command. */
  const foundOrReused = Effect.fnUntraced(function* (
    { guarded, name }: Places,
    origin: Origin,
    position?: number
  ): Effect.fn.Return<Receipt, CommandIdReused | LogUnavailable | Unreadable> {
    const own = ofCommand((yield* log.read(guarded)).facts, origin)
    if (own.length > 0) return yield* repeated(own, origin)
    const there = position === undefined ? Option.none() : yield* log.at(position)
    const isElsewhere = Option.exists(there, ({ place }) => place !== name)
    const failure = isElsewhere ? new CommandIdReused({ commandId: origin.commandId }) : behind()
    return yield* Effect.fail(failure)
  })

  return {
    ofCommand,
    repeated,
    /** If it is nowhere to be seen, it is looked for a few times more; then it is somewhere else. */
    found: (places: Places, origin: Origin, position?: number) =>
      foundOrReused(places, origin, position).pipe(
        Effect.retry({ schedule: aFewTimes, while: Predicate.isTagged("LogUnavailable") }),
        Effect.catchTag("LogUnavailable", (unavailable) =>
          Effect.fail(position === undefined ? new CommandIdReused({ commandId: origin.commandId }) : unavailable)
        )
      )
  }
}
