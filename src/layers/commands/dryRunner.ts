import { Effect } from "effect"
import { type Command, type Decision, type Key, Projection } from "#domain/model/index.ts"
import type { EventLog, LogUnavailable, UndecodableEvent } from "#layers/services/EventLog.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"
import type { readPlans } from "./readPlans.ts"

type DryRunFailure =
  | LogUnavailable
  | UndecodableEvent
  | Key.InvalidKey
  | Decision.InvalidDecision
  | Decision.TooManyEvents

/** Decides a command on the current state in the log. Writes and caches nothing. */
export const dryRunner =
  (log: EventLog["Service"], plans: ReturnType<typeof readPlans>, check: Decision.Checker) =>
  (command: Command.Any, input: unknown): Effect.Effect<Command.Decision<DomainEvent, DomainEvent>, DryRunFailure> =>
    Effect.gen(function* () {
      const { guarded, unguarded } = yield* Effect.fromResult(plans.resolveStreams(command, input))
      const histories = yield* log.readAll([...unguarded, guarded])
      const events = histories.flatMap(({ events }) => events.map(({ event }) => event))
      const decision: Command.Decision<DomainEvent, DomainEvent> = command.decide(
        Projection.fold(command.state, events),
        input
      )
      const error = check(command, guarded, decision)
      if (error) return yield* error
      if (Array.isArray(decision)) yield* Effect.fromResult(plans.checkRowKeys(decision))
      return decision
    })
