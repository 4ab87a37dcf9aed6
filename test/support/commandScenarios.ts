import { Board, type Command, type Scenario, Slice } from "#domain/model/index.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"

/** A scenario whose command is executed: that of a command slice, or one that an automation issues. */
export interface CommandScenario {
  readonly slice: string
  readonly sentence: string
  readonly command: Command.Any
  readonly actor: string
  readonly given: ReadonlyArray<DomainEvent>
  /** What the commands receive: one each, and several if the automation issues several. */
  readonly inputs: ReadonlyArray<object>
  readonly then: Command.Decision<DomainEvent, DomainEvent>
  readonly circumstances: Scenario.Circumstances
}

/** Every scenario of a board with a command. */
export const commandScenarios = (board: Board.Any): ReadonlyArray<CommandScenario> => [
  ...Board.commandSlices(board).flatMap(({ by, command, scenarios, title }) =>
    Object.entries<Scenario.OfCommand<any>>(scenarios).map(([sentence, { given, then, when, ...circumstances }]) => ({
      slice: title,
      sentence,
      circumstances,
      command: command as Command.Any,
      actor: by.actor.name,
      given,
      inputs: [when],
      then
    }))
  ),
  ...Board.automations(board)
    .filter(Slice.issuesCommand)
    .flatMap(({ by, issues, react, scenarios, title }) =>
      Object.entries<Scenario.OfAutomation<any, any>>(scenarios).map(
        ([sentence, { given, then, when, ...circumstances }]) => ({
          slice: title,
          sentence,
          circumstances,
          command: issues as Command.Any,
          actor: by.name,
          given,
          inputs: react(when),
          then
        })
      )
    )
]
