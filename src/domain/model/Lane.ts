import * as Boundary from "./Boundary.ts"
import type * as Event from "./Event.ts"
import * as Key from "./Key.ts"
import type { Retention } from "./Retention.ts"

/** What an event must have to be found in all these boundaries. */
type WordsOf<Boundaries> = Boundaries extends readonly [Boundary.Boundary<infer K>, ...infer Rest]
  ? Key.Of<K> & WordsOf<Rest>
  : {}

/** A swimlane (a row at the bottom of the board): the events that one part of the business owns, and their retention. */
export interface Lane<
  K extends Key.Key,
  Events extends ReadonlyArray<Event.Any>,
  Also extends ReadonlyArray<Boundary.Any> = ReadonlyArray<Boundary.Any>
> {
  readonly title: string
  /** The JetStream stream that publishes this lane. */
  readonly name: string
  /** The first token of its subjects. */
  readonly prefix: string
  readonly boundary: Boundary.Boundary<K>
  /** Further boundaries in which each of its events is found. The log stores a copy of the event for each of them. */
  readonly also?: Also
  readonly events: Events
  /** Events that no command emits any more. The log may have them, so they stay readable. */
  readonly retired?: ReadonlyArray<Event.Any>
  /** Older shapes of events, in which the log may have them. Readers see what their upcasts return. */
  readonly older?: ReadonlyArray<Event.AnyOlder>
  readonly retention: Retention
}

export interface Any extends Lane<any, ReadonlyArray<Event.Any>> {}

export const make = <
  const K extends Key.Key,
  const Events extends ReadonlyArray<Event.Any & { readonly Type: Key.Of<K> & WordsOf<Also> }>,
  const Also extends ReadonlyArray<Boundary.Any> = readonly []
>(
  lane: Lane<K, Events, Also>
) => lane

/** The types of its events in their newest shape, with the retired ones. */
export const eventTypes = ({ events, retired = [] }: Any): ReadonlyArray<Event.Any> => [...events, ...retired]

/** Every shape in which the log may have its events. */
export const storedShapes = (lane: Any): ReadonlyArray<Event.Any> => [
  ...eventTypes(lane),
  ...(lane.older ?? []).map(({ shape }): Event.Any => shape)
]

/** All boundaries in which the events of a lane are found: its own first. */
export const boundaries = ({ boundary, also = [] }: Any): ReadonlyArray<Boundary.Any> => [boundary, ...also]

/** The event streams of an event: its own first. Throws `Key.InvalidKey` if its words cannot be encoded. */
export const streamIds = (lane: Any, event: Event.Any["Type"]): ReadonlyArray<Boundary.StreamId> =>
  boundaries(lane).map((boundary) => Boundary.streamId(boundary, event as never))

/** The same; answers with the error if the words of its keys cannot be encoded. */
export const tryStreamIds = (
  lane: Any,
  event: Event.Any["Type"]
): ReadonlyArray<Boundary.StreamId> | Key.InvalidKey => {
  try {
    return streamIds(lane, event)
  } catch (error) {
    if (error instanceof Key.InvalidKey) return error
    throw error
  }
}
