import { DateTime } from "effect"
import type * as Actor from "./Actor.ts"
import * as Board from "./Board.ts"
import * as Boundary from "./Boundary.ts"
import * as Command from "./Command.ts"
import type * as Event from "./Event.ts"
import * as Lane from "./Lane.ts"
import * as Projection from "./Projection.ts"
import * as Read from "./Read.ts"
import type { Circumstances } from "./Scenario.ts"

type AnyEvent = Event.Any["Type"]

/** The states that `decide` receives, by the name of the read. `stateIn` gives the state of one event stream. */
export const statesOf = (
  command: Command.Any,
  input: unknown,
  stateIn: (projection: Projection.Any, streamId: Boundary.StreamId) => unknown
): Record<string, unknown> => {
  const states: Record<string, unknown> = {}
  for (const { name, read } of Command.reads(command)) {
    const ofStreams = Read.streamIds(read, input).map((streamId) => stateIn(read.projection, streamId))
    states[name] = Read.stateOf(read, input, ofStreams)
  }
  return states
}

/** The events of a history by event stream: an event is in each boundary of its lane. */
export const byStream = (board: Board.Any) => {
  const lanes = Board.laneOf(board)
  return (history: Iterable<AnyEvent>): ReadonlyMap<string, ReadonlyArray<AnyEvent>> => {
    const streams = new Map<string, Array<AnyEvent>>()
    for (const event of history) {
      for (const streamId of Lane.streamIds(lanes.get(event._tag)!, event).map(Boundary.format)) {
        const stream = streams.get(streamId)
        if (stream) stream.push(event)
        else streams.set(streamId, [event])
      }
    }
    return streams
  }
}

/** What a command decides after a history of the whole board. */
export const decideAfter = (board: Board.Any) => {
  const groupByStream = byStream(board)
  return (command: Command.Any, request: unknown, history: Iterable<AnyEvent>, context: Command.Context) => {
    const input = Command.inputOf(command, request, context.ids)
    const streams = groupByStream(history)
    const states = statesOf(command, input, (projection, streamId) =>
      Projection.fold(projection, streams.get(Boundary.format(streamId)) ?? [])
    )
    return command.decide(states, input, context) as Command.Decision<AnyEvent, AnyEvent>
  }
}

const defaultTime = "2022-12-12T00:00:00Z"

/** The ids that a scenario names, by purpose. */
export const scenarioIds = (ids: Circumstances["ids"] = {}): Command.Ids => {
  const id = (purpose: string): string => {
    const value = ids[purpose]
    if (value === undefined) throw new Error(`The scenario has no id for "${purpose}": add it to its ids.`)
    return value
  }
  return { id, secret: id }
}

/** The context of a scenario's command. `actor` is who sends it if the scenario does not say. */
export const scenarioContext = (
  { at = defaultTime, by, ids }: Circumstances,
  actor: Pick<Actor.Actor, "name">
): Command.Context => ({
  now: DateTime.makeUnsafe(at),
  actor: by ?? { name: actor.name, claims: {} },
  ids: scenarioIds(ids)
})
