import type * as Boundary from "./Boundary.ts"
import * as Command from "./Command.ts"
import type * as Event from "./Event.ts"
import * as Lane from "./Lane.ts"
import type * as Message from "./Message.ts"
import type * as Projection from "./Projection.ts"
import type { Retention } from "./Retention.ts"
import type * as Slice from "./Slice.ts"

/** The whole model: lanes and slices. Everything else is derived from it. */
export interface Board<Slices extends ReadonlyArray<Slice.Any>> {
  /** Also the name of its log, and the first token of the log's subjects. */
  readonly name: string
  readonly title: string
  readonly lanes: ReadonlyArray<Lane.Any>
  /** Left to right. */
  readonly slices: Slices
  /** The log that the lanes are published from. */
  readonly log: Retention
  /** The stream of executed commands, with actor and outcome. */
  readonly audit: Retention
}

export interface Any extends Board<ReadonlyArray<Slice.Any>> {}

export const make = <const Slices extends ReadonlyArray<Slice.Any>>(board: Board<Slices>) => board

export const commandSlices = ({ slices }: Any) => slices.filter((slice) => slice._tag === "Change")
export const views = ({ slices }: Any) => slices.filter((slice) => slice._tag === "View")
export const automations = ({ slices }: Any) => slices.filter((slice) => slice._tag === "Automation")

export const commands = ({ slices }: Any): ReadonlyArray<Command.Any> =>
  slices.flatMap((slice): ReadonlyArray<Command.Any> =>
    slice._tag === "Change" ? [slice.command] : "issues" in slice ? [slice.issues] : []
  )

/** The projections that commands decide on, each once. */
export const projections = (board: Any): ReadonlyArray<Projection.Any> => [
  ...new Set(commands(board).flatMap((command) => Command.reads(command).map(({ read }) => read.projection)))
]

/** The boundaries of the lanes and of the commands' reads, each once. */
export const boundaries = (board: Any): ReadonlyArray<Boundary.Any> => [
  ...new Set([
    ...board.lanes.flatMap(Lane.boundaries),
    ...commands(board).flatMap((command) => Command.reads(command).map(({ read }): Boundary.Any => read.boundary))
  ])
]

/** The messages that automations send, each once. */
export const messages = ({ slices }: Any): ReadonlyArray<Message.Any> => [
  ...new Set(slices.flatMap((slice): ReadonlyArray<Message.Any> => ("sends" in slice ? slice.sends : [])))
]

/** The types of all events in their newest shape, with the retired ones. */
export const events = ({ lanes }: Any): ReadonlyArray<Event.Any> => lanes.flatMap(Lane.eventTypes)

export const olderShapes = ({ lanes }: Any): ReadonlyArray<Event.AnyOlder> => lanes.flatMap(({ older = [] }) => older)

/** Every shape in which the log may have an event. */
export const storedShapes = ({ lanes }: Any): ReadonlyArray<Event.Any> => lanes.flatMap(Lane.storedShapes)

/** The lane that owns each event, by the event's name; by earlier names, too. */
export const laneOf = ({ lanes }: Any): ReadonlyMap<string, Lane.Any> =>
  new Map(lanes.flatMap((lane) => Lane.storedShapes(lane).map(({ identifier }) => [identifier, lane] as const)))
