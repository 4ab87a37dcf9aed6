import * as Board from "../Board.ts"
import type * as Event from "../Event.ts"
import type * as Slice from "../Slice.ts"
import { endpointRules } from "./endpointRules.ts"
import { emits, type Rule, duplicates } from "./Rule.ts"

const emitted = (slice: Slice.Any): ReadonlyArray<Event.Any> =>
  slice._tag === "Change" ? emits(slice.command) : "issues" in slice ? emits(slice.issues) : []

const rules: Rule = (board) =>
  board.slices.flatMap((slice) => {
    const events = emitted(slice)
    const reached = Board.views(board).filter(({ shows }) => events.some((event) => shows.reads.includes(event)))
    const scenarioNames = new Set([slice, ...reached].flatMap(({ scenarios }) => Object.keys(scenarios)))
    return slice.rules
      .filter((rule) => !scenarioNames.has(rule))
      .map(
        (rule) =>
          `The rule "${rule}" of "${slice.title}" has no scenario: write one of that name there, or in a view that reads its events.`
      )
  })

const hasRulesAndScenarios: Rule = ({ slices }) =>
  slices.flatMap(({ rules, scenarios, title }) => [
    ...(rules.length > 0 ? [] : [`"${title}" has no rule: copy the text of its yellow note.`]),
    ...(Object.keys(scenarios).length > 0 ? [] : [`"${title}" has no scenario: write one for each rule.`])
  ])

const elementsHaveOneSlice: Rule = (board) => [
  ...duplicates(Board.commandSlices(board), ({ command }) => command.name).map(
    ({ command, title }) =>
      `Another slice has the command ${command.name} before "${title}": one slice for each command.`
  ),
  ...duplicates(Board.views(board), ({ shows }) => shows.name).map(
    ({ shows, title }) => `Another slice shows ${shows.name} before "${title}": one slice for each read model.`
  )
]

/** Rules of slices: their texts, endpoints and elements. */
export const sliceRules: ReadonlyArray<Rule> = [rules, hasRulesAndScenarios, ...endpointRules, elementsHaveOneSlice]
