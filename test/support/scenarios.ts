import { deepStrictEqual } from "node:assert"
import { Board, Boundary, type Command, Decision, Key, Projection, type Scenario, Slice } from "#domain/model/index.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"

/** A scenario of any kind, ready to run: its expected and its actual result. */
export interface ScenarioRun {
  readonly slice: string
  readonly sentence: string
  readonly then: unknown
  readonly actual: () => unknown
}

/** The events that a command reads: those of the event streams that its input names. */
const visibleEvents = (board: Board.Any, given: ReadonlyArray<DomainEvent>, input: object) => {
  const lanes = Board.laneOf(board)
  return given.filter((event) => {
    const { boundary } = lanes.get(event._tag)!
    return Boundary.streamId(boundary, event).key === Boundary.streamId(boundary, input).key
  })
}

/** The command's decision. As when it is executed, it reads the events that it does not guard first. */
const decide = (board: Board.Any, command: Command.Any, given: ReadonlyArray<DomainEvent>, input: object) => {
  const guarded = Boundary.streamId(command.guards, input)
  const lanes = Board.laneOf(board)
  const isGuarded = ({ _tag }: DomainEvent) => lanes.get(_tag)!.boundary === command.guards
  const events = visibleEvents(board, given, input)
  const state: unknown = Projection.fold(command.state, [
    ...events.filter((event) => !isGuarded(event)),
    ...events.filter(isGuarded)
  ])
  const decision: Command.Decision<DomainEvent, DomainEvent> = command.decide(state, input)
  const error = Decision.checker(board)(command, guarded, decision)
  if (error) throw error
  return decision
}

const reactTo = (
  board: Board.Any,
  { issues, react }: Slice.Automation<any, any>,
  { given, when }: Scenario.OfAutomation<any, any>
) => {
  const events: Array<DomainEvent> = []
  for (const input of react(when)) {
    const decision = decide(board, issues, [...given, ...events], input)
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
      return decide(board, slice.command, scenario.given, scenario.when)
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
