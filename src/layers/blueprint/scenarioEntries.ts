import { Schema } from "effect"
import { Board, Command, type Event, type Scenario, type Slice } from "#domain/model/index.ts"
import type { Command as DeclaredCommand } from "#layers/contract/blueprintSchema.ts"
import { jsonEncoder, messageEncoder } from "#layers/contract/jsonSchema.ts"
import type * as Document from "#layers/contract/scenarioSchema.ts"
import type { ResultOf } from "./testResults.ts"

type EventValue = Event.Any["Type"]
type AnyScenario =
  | Scenario.OfCommand<any>
  | Scenario.OfView<any, any>
  | Scenario.OfAutomation<any, any>
  | Scenario.OfMessages<any, any>

/** The events before a scenario; messages depend on none. */
const givenOf = (scenario: AnyScenario): ReadonlyArray<EventValue> => ("given" in scenario ? scenario.given : [])

/** The scenarios of a slice of any kind, by name. */
export const scenarioEntries = (slice: Slice.Any) => Object.entries(slice.scenarios as Scenario.Named<AnyScenario>)

const boardMessageEncoder = (board: Board.Any) =>
  messageEncoder([
    ...Board.events(board),
    ...Board.commands(board).flatMap(({ rejects }) => rejects as ReadonlyArray<Event.Any>),
    ...Board.messages(board)
  ])

/** Converts the scenarios of a board's slices to data. */
export const scenariosOf = (board: Board.Any, resultOf: ResultOf) => {
  const encodeMessage = boardMessageEncoder(board)

  const toThen = (then: ReadonlyArray<EventValue> | EventValue): typeof Document.Then.Type =>
    Array.isArray(then) ? { facts: then.map(encodeMessage) } : { refusal: encodeMessage(then as EventValue) }

  const whenAndThen = (
    slice: Slice.Any,
    scenario: any
  ): { readonly when: typeof Document.When.Type; readonly then: typeof Document.Then.Type } => {
    switch (slice._tag) {
      case "Change": {
        const input = jsonEncoder(Command.requestSchema(slice.command))(scenario.when)
        return { when: { command: slice.command.name, input }, then: toThen(scenario.then) }
      }
      case "View":
        return {
          when: { at: jsonEncoder(Schema.Struct(slice.key))(scenario.at) },
          then: { row: jsonEncoder(slice.shows.state)(scenario.then) }
        }
      case "Automation":
        return {
          when: { fact: encodeMessage(scenario.when) },
          then: "sends" in slice ? { messages: scenario.then.map(encodeMessage) } : toThen(scenario.then)
        }
    }
  }

  return (slice: Slice.Any): ReadonlyArray<Document.Scenario> =>
    scenarioEntries(slice).map(([name, scenario]) => ({
      name,
      given: givenOf(scenario).map((event) => encodeMessage(event)),
      ...whenAndThen(slice, scenario),
      result: resultOf(slice.title, name)
    }))
}

/** Every event and message in a scenario, in the order of the board. */
const scenarioEvents = (board: Board.Any): ReadonlyArray<EventValue> =>
  board.slices.flatMap((slice) =>
    scenarioEntries(slice).flatMap(([, scenario]) => [
      ...givenOf(scenario),
      ...(slice._tag === "Automation" ? [(scenario as Scenario.OfAutomation<any, any>).when as EventValue] : []),
      ...(slice._tag !== "View" && Array.isArray(scenario.then) ? (scenario.then as ReadonlyArray<EventValue>) : [])
    ])
  )

/** The data of the first event or message of each type in a scenario. */
export const examplesOf = (board: Board.Any): ReadonlyMap<string, Document.MessageExample["data"]> => {
  const encodeMessage = boardMessageEncoder(board)
  const found = new Map<string, Document.MessageExample["data"]>()
  for (const event of scenarioEvents(board))
    if (!found.has(event._tag)) found.set(event._tag, encodeMessage(event).data)
  return found
}

/** An example input of a slice's command: an accepted one, if a scenario has one. */
export const inputOf = ({ command, scenarios }: Slice.CommandSlice<any>): DeclaredCommand["example"] => {
  const all = Object.values(scenarios) as ReadonlyArray<Scenario.OfCommand<any>>
  const accepted = all.find(({ then }) => Array.isArray(then) && then.length > 0) ?? all[0]
  return accepted ? jsonEncoder(Command.requestSchema(command))(accepted.when) : null
}

/** The rules of a slice, each with the scenarios that prove it: in the slice, and in views that read its events. */
export const rulesOf = (board: Board.Any, slice: Slice.Any, idOf: (slice: Slice.Any) => string, resultOf: ResultOf) => {
  const emitted: ReadonlyArray<Event.Any> =
    slice._tag === "Change" ? slice.command.emits : "issues" in slice ? slice.issues.emits : []
  const readingViews = Board.views(board).filter(({ shows }) => emitted.some((event) => shows.reads.includes(event)))
  return slice.rules.map((text): Document.Rule => {
    const where = [...new Set<Slice.Any>([slice, ...readingViews])].filter((each) => text in each.scenarios)
    const results = where.map(({ title }) => resultOf(title, text))
    return {
      text,
      scenarios: where.map((each) => ({ slice: idOf(each), scenario: text })),
      result: results.includes("failed") ? "failed" : results.length === 0 || results.includes(null) ? null : "passed"
    }
  })
}
