import * as Board from "../Board.ts"
import type * as Event from "../Event.ts"
import type * as Slice from "../Slice.ts"
import { emits, type Rule, duplicates } from "./Rule.ts"

const emitted = (slice: Slice.Any): ReadonlyArray<Event.Any> =>
  slice._tag === "Change" ? emits(slice.command) : slice._tag === "Automation" ? emits(slice.issues) : []

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

const parameters: Rule = ({ slices }) =>
  slices.flatMap((slice) => {
    if (slice._tag === "Automation") return []
    const { path } = slice.by
    const words = slice._tag === "View" ? Object.keys(slice.key) : []
    const inPath = path.split("/").flatMap((part) => (part.startsWith(":") ? [part.slice(1)] : []))
    return [
      ...words
        .filter((word) => !inPath.includes(word))
        .map((word) => `The path ${path} of "${slice.title}" has no :${word}, a word of its key: add it.`),
      ...[...inPath.filter((word) => !words.includes(word)), ...duplicates(inPath, (word) => word)].map(
        (word) => `The path ${path} of "${slice.title}" has a :${word} too many: remove it.`
      )
    ]
  })

/** Paths of the app's own API. */
const reservedPaths =
  /^\/(?:(?:assets|docs|events|facts|health|operations|views)(?:\/|$)|(?:blueprint|blueprint\.schema|openapi)\.json$|$)/u

const endpoints: Rule = (board) => {
  const endpoints = [...Board.commandSlices(board), ...Board.views(board)].map(({ by, title }) => ({ ...by, title }))
  return [
    ...duplicates(endpoints, ({ method, path }) => `${method} ${path.replaceAll(/:[^/]+/gu, ":")}`).map(
      ({ method, path, title }) =>
        `Another slice has the endpoint ${method} ${path} before "${title}": give each its own.`
    ),
    ...endpoints
      .filter(({ path }) => reservedPaths.test(path))
      .map(({ path, title }) => `The path ${path} of "${title}" is the app's own: choose another.`)
  ]
}

const methods: Rule = (board) => [
  ...Board.commandSlices(board).flatMap(({ by: { method }, title }) =>
    method === "PUT" ? [] : [`The endpoint of "${title}" is a ${method}: make it PUT.`]
  ),
  ...Board.views(board).flatMap(({ by: { method }, title }) =>
    method === "GET" ? [] : [`The endpoint of "${title}" is a ${method}: make it GET.`]
  )
]

const elementsHaveOneSlice: Rule = (board) => [
  ...duplicates(Board.commandSlices(board), ({ command }) => command.name).map(
    ({ command, title }) =>
      `Another slice has the command ${command.name} before "${title}": one slice for each command.`
  ),
  ...duplicates(Board.views(board), ({ shows }) => shows.name).map(
    ({ shows, title }) => `Another slice shows ${shows.name} before "${title}": one slice for each read model.`
  )
]

/** Rules of slices: their texts and their endpoints. */
export const sliceRules: ReadonlyArray<Rule> = [
  rules,
  hasRulesAndScenarios,
  parameters,
  endpoints,
  methods,
  elementsHaveOneSlice
]
