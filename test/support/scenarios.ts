import { deepStrictEqual } from "node:assert"
import {
  type Actor,
  type Board,
  Boundary,
  Command,
  Decide,
  Decision,
  Key,
  Projection,
  Read,
  type Scenario,
  Slice
} from "#domain/model/index.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"

/** A scenario of any kind, ready to run: its expected and its actual result. */
export interface ScenarioRun {
  readonly slice: string
  readonly sentence: string
  readonly then: unknown
  readonly actual: () => unknown
}

/** The command's decision after these events, as when it is executed. */
const decide = (
  board: Board.Any,
  command: Command.Any,
  actor: Actor.Actor,
  given: ReadonlyArray<DomainEvent>,
  input: object,
  circumstances: Scenario.Circumstances
) => {
  const context = Decide.scenarioContext(circumstances, actor)
  const decision = Decide.decideAfter(board)(command, input, given, context)
  const completed = Command.inputOf(command, input, context.ids)
  const guarded = Command.reads(command).flatMap(({ read, use }) =>
    use === "guards" ? Read.streamIds(read, completed).map(Boundary.format) : []
  )
  const error = Decision.checker(board)(command, guarded, decision)
  if (error) throw error
  return decision
}

const reactTo = (
  board: Board.Any,
  { by, issues, react }: Slice.Automation<any, any>,
  { given, when, ...circumstances }: Scenario.OfAutomation<any, any>
) => {
  const events: Array<DomainEvent> = []
  for (const input of react(when)) {
    const decision = decide(board, issues, by, [...given, ...events], input, circumstances)
    if (!Array.isArray(decision)) return decision
    events.push(...decision)
  }
  return events
}

const rowAt = ({ key, shows }: Slice.View<any, any>, { at, given }: Scenario.OfView<any, any>) => {
  const path = (about: object) => Key.toBucketKey(Key.tokens(key as Key.Key, about as never))
  return Projection.fold(
    shows,
    given.filter((event) => path(event) === path(at))
  )
}

const run = (board: Board.Any, slice: Slice.Any, scenario: any): unknown => {
  switch (slice._tag) {
    case "Change":
      return decide(board, slice.command, slice.by.actor, scenario.given, scenario.when, scenario)
    case "View":
      return rowAt(slice, scenario)
    case "Automation":
      return Slice.issuesCommand(slice) ? reactTo(board, slice, scenario) : slice.react(scenario.when)
  }
}

/** Every scenario on a board, left to right. */
export const scenariosOf = (board: Board.Any): ReadonlyArray<ScenarioRun> =>
  board.slices.flatMap((slice) =>
    Object.entries(slice.scenarios as Scenario.Named<{ readonly then: unknown }>).map(([sentence, scenario]) => ({
      slice: slice.title,
      sentence,
      then: scenario.then,
      actual: () => run(board, slice, scenario)
    }))
  )

/** Asserts that the actual result equals the expected one, in every field and in the classes of events and rejections. */
export const assertHolds = ({ actual, then }: ScenarioRun): void => deepStrictEqual(actual(), then)
