import * as Board from "../Board.ts"
import * as Boundary from "../Boundary.ts"
import * as Command from "../Command.ts"
import { scenarioIds } from "../Decide.ts"
import * as Decision from "../Decision.ts"
import type * as Event from "../Event.ts"
import * as Lane from "../Lane.ts"
import * as Read from "../Read.ts"
import type * as Scenario from "../Scenario.ts"
import * as Slice from "../Slice.ts"
import { reads, type Rule } from "./Rule.ts"

type AnyEvent = Event.Any["Type"]

const guardedBy = (command: Command.Any, input: unknown): ReadonlyArray<string> =>
  Command.reads(command).flatMap(({ read, use }) =>
    use === "guards" ? Read.streamIds(read, input).map(Boundary.format) : []
  )

const decisions: Rule = (board) => {
  const check = Decision.checker(board)
  return Board.commandSlices(board).flatMap(({ command, scenarios, title }) =>
    Object.entries<Scenario.OfCommand<any>>(scenarios).flatMap(([sentence, { ids, then, when }]) => {
      const error = check(command, guardedBy(command, Command.inputOf(command, when, scenarioIds(ids))), then)
      const reason = error?._tag === "InvalidDecision" ? error.reason : error?.message
      return reason === undefined ? [] : [`The scenario "${sentence}" of "${title}" cannot come true. ${reason}`]
    })
  )
}

/** The scenarios of commands and automations: the command of each, and the inputs that it gets there. */
const commandScenarios = (board: Board.Any) =>
  board.slices.flatMap((slice) => {
    if (slice._tag === "View" || (slice._tag === "Automation" && !Slice.issuesCommand(slice))) return []
    const command: Command.Any = slice._tag === "Change" ? slice.command : slice.issues
    const inputsOf = (when: unknown): ReadonlyArray<unknown> =>
      slice._tag === "Change" ? [when] : slice.react(when as never)
    const scenarios = slice.scenarios as Scenario.Named<Scenario.OfCommand<any>>
    return Object.entries(scenarios).map(([sentence, { given, ids, when }]) => ({
      command,
      given: given as ReadonlyArray<AnyEvent>,
      inputs: inputsOf(when).map((request) => Command.inputOf(command, request, scenarioIds(ids))),
      where: `The scenario "${sentence}" of "${slice.title}"`
    }))
  })

const givensAreRead: Rule = (board) => {
  const lanes = Board.laneOf(board)
  return commandScenarios(board).flatMap(({ command, given, inputs, where }) => {
    const read = inputs.flatMap((input) =>
      Command.reads(command).map(({ read }) => ({
        streamIds: Read.streamIds(read, input).map(Boundary.format),
        types: reads(read.projection).map(({ identifier }) => identifier)
      }))
    )
    return given.flatMap((event) => {
      const lane = lanes.get(event._tag)
      if (!lane) return []
      const streamIds = Lane.streamIds(lane, event).map(Boundary.format)
      const isRead = read.some(
        (each) => each.types.includes(event._tag) && each.streamIds.some((id) => streamIds.includes(id))
      )
      return isRead
        ? []
        : [
            `${where} is given a ${event._tag} of ${streamIds.join(" and ")}, which ${command.name} does not read there: ` +
              "remove it, or give it the key of what the command reads."
          ]
    })
  })
}

/** Rules of scenarios: a scenario expects a decision that its command may make, after events that the command reads. */
export const scenarioRules: ReadonlyArray<Rule> = [decisions, givensAreRead]
