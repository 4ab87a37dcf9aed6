import { type Command, type Decision, Projection } from "#domain/grammar/index.ts"
import { Effect } from "effect"
import type { EventLog, LogUnavailable, Unreadable } from "../EventLog.ts"
import type { Fact } from "../Fact.ts"
import type { plansOf } from "./plan.ts"

type Failure = LogUnavailable | Unreadable | Decision.InvalidDecision | Decision.TooManyEvents

/** What a command would decide on what the log says now. Nothing is written, and nothing is remembered. */
export const dryRunner =
  (log: EventLog["Service"], plans: ReturnType<typeof plansOf>, check: Decision.Checker) =>
  (command: Command.Any, input: unknown): Effect.Effect<Command.Decision<Fact, Fact>, Failure> => {
    const { guarded, read } = plans.places(command, input)
    return Effect.flatMap(log.readAll([...read, guarded]), (pasts) => {
      const facts = pasts.flatMap(({ facts }) => facts.map(({ fact }) => fact))
      const decision: Command.Decision<Fact, Fact> = command.decide(Projection.fold(command.state, facts), input)
      const error = check(command, guarded, decision)
      return error ? Effect.fail(error) : Effect.succeed(decision)
    })
  }
