import { Effect } from "effect"
import { type Command, type Decision, type Key, Projection } from "#domain/model/index.ts"
import type { EventLog, LogUnavailable, Unreadable } from "#layers/services/EventLog.ts"
import type { Fact } from "#layers/services/RecordedEvent.ts"
import type { plansOf } from "./readPlan.ts"

type Failure = LogUnavailable | Unreadable | Key.InvalidKey | Decision.InvalidDecision | Decision.TooManyEvents

/** What a command would decide on what the log says now. Nothing is written, and nothing is remembered. */
export const dryRunner =
  (log: EventLog["Service"], plans: ReturnType<typeof plansOf>, check: Decision.Checker) =>
  (command: Command.Any, input: unknown): Effect.Effect<Command.Decision<Fact, Fact>, Failure> =>
    Effect.gen(function* () {
      const { guarded, read } = yield* Effect.fromResult(plans.places(command, input))
      const pasts = yield* log.readAll([...read, guarded])
      const facts = pasts.flatMap(({ facts }) => facts.map(({ fact }) => fact))
      const decision: Command.Decision<Fact, Fact> = command.decide(Projection.fold(command.state, facts), input)
      const error = check(command, guarded, decision)
      if (error) return yield* error
      if (Array.isArray(decision)) yield* Effect.fromResult(plans.rows(decision))
      return decision
    })
