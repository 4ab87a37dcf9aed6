import * as Board from "../Board.ts"
import type * as Event from "../Event.ts"
import type * as Slice from "../Slice.ts"
import { emits, type Law, repeated } from "./Law.ts"

const emitted = (slice: Slice.Any): ReadonlyArray<Event.Any> =>
  slice._tag === "Change" ? emits(slice.command) : slice._tag === "Automation" ? emits(slice.issues) : []

const rules: Law = (board) =>
  board.slices.flatMap((slice) => {
    const facts = emitted(slice)
    const reached = Board.views(board).filter(({ shows }) => facts.some((fact) => shows.reads.includes(fact)))
    const sentences = new Set([slice, ...reached].flatMap(({ scenarios }) => Object.keys(scenarios)))
    return slice.rules
      .filter((rule) => !sentences.has(rule))
      .map(
        (rule) =>
          `The rule "${rule}" of "${slice.title}" is no scenario: write one of that name there, or in a view its facts reach.`
      )
  })

const told: Law = ({ slices }) =>
  slices.flatMap(({ rules, scenarios, title }) => [
    ...(rules.length > 0 ? [] : [`"${title}" has no rule: write down what stands on its yellow post-it.`]),
    ...(Object.keys(scenarios).length > 0 ? [] : [`"${title}" has no scenario: write one for each rule.`])
  ])

const one: Law = (board) => [
  ...repeated(Board.changes(board), ({ command }) => command.name).map(
    ({ command, title }) =>
      `Another slice has the command ${command.name} before "${title}": one slice for each command.`
  ),
  ...repeated(Board.views(board), ({ shows }) => shows.name).map(
    ({ shows, title }) => `Another slice shows ${shows.name} before "${title}": one slice for each read model.`
  )
]

/** Columns: what is written on them. */
export const slices: ReadonlyArray<Law> = [rules, told, one]
