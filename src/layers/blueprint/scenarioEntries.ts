import { Schema } from "effect"
import { Board, type Event, type Scenario, type Slice } from "#domain/model/index.ts"
import type * as Document from "#layers/contract/blueprintSchema.ts"
import { encoder, sayer } from "#layers/contract/jsonSchema.ts"
import type { ResultOf } from "./testResults.ts"

type Fact = Event.Any["Type"]
type Told = Scenario.OfCommand<any> | Scenario.OfView<any, any> | Scenario.OfAutomation<any, any>

/** The scenarios of a slice by sentence, whatever kind it is. */
export const told = (slice: Slice.Any) => Object.entries(slice.scenarios as Scenario.Named<Told>)

/** Facts and refusals that stand in a slice's scenarios. */
const speaker = (board: Board.Any) =>
  sayer([...Board.facts(board), ...Board.commands(board).flatMap(({ refuses }) => refuses as ReadonlyArray<Event.Any>)])

/** How the scenarios of a board's slices are written as data. */
export const scenariosOf = (board: Board.Any, resultOf: ResultOf) => {
  const say = speaker(board)

  const decided = (then: ReadonlyArray<Fact> | Fact): typeof Document.Then.Type =>
    Array.isArray(then) ? { facts: then.map(say) } : { refusal: say(then as Fact) }

  const parts = (
    slice: Slice.Any,
    scenario: any
  ): { readonly when: typeof Document.When.Type; readonly then: typeof Document.Then.Type } => {
    switch (slice._tag) {
      case "Change": {
        const { input, name } = slice.command
        return { when: { command: name, input: encoder(input)(scenario.when) }, then: decided(scenario.then) }
      }
      case "View":
        return {
          when: { at: encoder(Schema.Struct(slice.key))(scenario.at) },
          then: { row: encoder(slice.shows.state)(scenario.then) }
        }
      case "Automation":
        return { when: { fact: say(scenario.when) }, then: decided(scenario.then) }
    }
  }

  return (slice: Slice.Any): ReadonlyArray<Document.Scenario> =>
    told(slice).map(([name, scenario]) => ({
      name,
      given: scenario.given.map((fact: Fact) => say(fact)),
      ...parts(slice, scenario),
      result: resultOf(slice.title, name)
    }))
}

/** Every fact that stands in some scenario, left to right. */
const factsIn = (board: Board.Any): ReadonlyArray<Fact> =>
  board.slices.flatMap((slice) =>
    told(slice).flatMap(([, scenario]) => [
      ...(scenario.given as ReadonlyArray<Fact>),
      ...(slice._tag === "Automation" ? [(scenario as Scenario.OfAutomation<any, any>).when as Fact] : []),
      ...(slice._tag !== "View" && Array.isArray(scenario.then) ? (scenario.then as ReadonlyArray<Fact>) : [])
    ])
  )

/** What a fact of each type says in the first scenario that has one. */
export const examplesOf = (board: Board.Any): ReadonlyMap<string, Document.Said["data"]> => {
  const say = speaker(board)
  const found = new Map<string, Document.Said["data"]>()
  for (const fact of factsIn(board)) if (!found.has(fact._tag)) found.set(fact._tag, say(fact).data)
  return found
}

/** An input of a slice's command that is accepted, if a scenario has one. */
export const inputOf = ({ command, scenarios }: Slice.Change<any>): Document.Command["example"] => {
  const all = Object.values(scenarios) as ReadonlyArray<Scenario.OfCommand<any>>
  const accepted = all.find(({ then }) => Array.isArray(then) && then.length > 0) ?? all[0]
  return accepted ? encoder(command.input)(accepted.when) : null
}

/** Where a rule is told: in its own slice, and in the views that the slice's facts reach. */
export const rulesOf = (board: Board.Any, slice: Slice.Any, idOf: (slice: Slice.Any) => string, resultOf: ResultOf) => {
  const emitted: ReadonlyArray<Event.Any> =
    slice._tag === "Change" ? slice.command.emits : slice._tag === "Automation" ? slice.issues.emits : []
  const reached = Board.views(board).filter(({ shows }) => emitted.some((fact) => shows.reads.includes(fact)))
  return slice.rules.map((text): Document.Rule => {
    const where = [...new Set<Slice.Any>([slice, ...reached])].filter((each) => text in each.scenarios)
    const results = where.map(({ title }) => resultOf(title, text))
    return {
      text,
      scenarios: where.map((each) => ({ slice: idOf(each), scenario: text })),
      result: results.includes("failed") ? "failed" : results.length === 0 || results.includes(null) ? null : "passed"
    }
  })
}
