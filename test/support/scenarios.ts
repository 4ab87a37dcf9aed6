import { deepStrictEqual } from "node:assert"
import {
  Board,
  Boundary,
  type Command,
  Decision,
  Key,
  Projection,
  type Scenario,
  type Slice
} from "#domain/model/index.ts"
import type { Fact } from "#layers/services/RecordedEvent.ts"

/** A scenario of any kind, ready to be run: what it says, what really happens. */
export interface Told {
  readonly slice: string
  readonly sentence: string
  readonly then: unknown
  readonly happens: () => unknown
}

/** The facts a command sees: those in the places that its input names. */
const seen = (board: Board.Any, given: ReadonlyArray<Fact>, input: object) => {
  const lanes = Board.laneOf(board)
  return given.filter((fact) => {
    const { boundary } = lanes.get(fact._tag)!
    return Boundary.place(boundary, fact).key === Boundary.place(boundary, input).key
  })
}

/** What the command decides. As when it is executed, it sees the events that it does not guard first. */
const decided = (board: Board.Any, command: Command.Any, given: ReadonlyArray<Fact>, input: object) => {
  const guarded = Boundary.place(command.guards, input)
  const lanes = Board.laneOf(board)
  const isGuarded = ({ _tag }: Fact) => lanes.get(_tag)!.boundary === command.guards
  const facts = seen(board, given, input)
  const state: unknown = Projection.fold(command.state, [
    ...facts.filter((fact) => !isGuarded(fact)),
    ...facts.filter(isGuarded)
  ])
  const decision: Command.Decision<Fact, Fact> = command.decide(state, input)
  const error = Decision.checker(board)(command, guarded, decision)
  if (error) throw error
  return decision
}

const answered = (
  board: Board.Any,
  { issues, react }: Slice.Automation<any, any>,
  { given, when }: Scenario.OfAutomation<any, any>
) => {
  const facts: Array<Fact> = []
  for (const input of react(when)) {
    const decision = decided(board, issues, [...given, ...facts], input)
    if (!Array.isArray(decision)) return decision
    facts.push(...decision)
  }
  return facts
}

const rowAt = ({ key, shows }: Slice.View<any, any>, { at, given }: Scenario.OfView<any, any>) => {
  const path = (about: object) => Key.path(Key.tokens(key as Key.Key, about as never))
  return Projection.fold(
    shows,
    given.filter((fact) => path(fact) === path(at))
  )
}

const happens = (board: Board.Any, slice: Slice.Any, scenario: any): unknown => {
  switch (slice._tag) {
    case "Change":
      return decided(board, slice.command, scenario.given, scenario.when)
    case "View":
      return rowAt(slice, scenario)
    case "Automation":
      return answered(board, slice, scenario)
  }
}

/** Every scenario on a board, left to right. */
export const scenariosOf = (board: Board.Any): ReadonlyArray<Told> =>
  board.slices.flatMap((slice) =>
    Object.entries(slice.scenarios as Scenario.Named<{ readonly then: unknown }>).map(([sentence, scenario]) => ({
      slice: slice.title,
      sentence,
      then: scenario.then,
      happens: () => happens(board, slice, scenario)
    }))
  )

/** Fails unless it comes as told, to the last field, in facts and refusals of the very classes. */
export const holds = ({ happens, then }: Told): void => deepStrictEqual(happens(), then)
