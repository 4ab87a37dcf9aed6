import * as Board from "../Board.ts"
import * as Boundary from "../Boundary.ts"
import * as Decision from "../Decision.ts"
import type * as Scenario from "../Scenario.ts"
import type { Rule } from "./Rule.ts"

const decisions: Rule = (board) => {
  const check = Decision.checker(board)
  return Board.commandSlices(board).flatMap(({ command, scenarios, title }) =>
    Object.entries<Scenario.OfCommand<any>>(scenarios).flatMap(([sentence, { then, when }]) => {
      const error = check(command, Boundary.streamId(command.guards, when ?? {}), then)
      const reason = error?._tag === "InvalidDecision" ? error.reason : error?.message
      return reason === undefined ? [] : [`The scenario "${sentence}" of "${title}" cannot come true. ${reason}`]
    })
  )
}

/** Rules of scenarios: a scenario expects a decision that its command may make. */
export const scenarioRules: ReadonlyArray<Rule> = [decisions]
