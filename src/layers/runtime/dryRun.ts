import { type Command, Projection } from "#domain/grammar/index.ts"
import { Effect } from "effect"
import type { EventLog, LogUnavailable, Unreadable } from "../EventLog.ts"
import type { Fact } from "../Fact.ts"
import type { plansOf } from "./plan.ts"

/** What a command would decide on what the log says now. Nothing is written, and nothing is remembered. */
export const dryRunner =
  (log: EventLog["Service"], plans: ReturnType<typeof plansOf>) =>
  (command: Command.Any, input: unknown): Effect.Effect<Command.Decision<Fact, Fact>, LogUnavailable | Unreadable> => {
    const { guarded, read } = plans.places(command, input)
    return Effect.map(log.readAll([...read, guarded]), (pasts): Command.Decision<Fact, Fact> =>
      command.decide(
        Projection.fold(
          command.state,
          pasts.flatMap(({ facts }) => facts.map(({ fact }) => fact))
        ),
        input
      )
    )
  }
