import type * as Boundary from "./Boundary.ts"
import type * as Event from "./Event.ts"
import type * as Key from "./Key.ts"
import type { Retention } from "./Retention.ts"

/** A swimlane (a row at the bottom of the board): the events that one part of the business owns, and their retention. */
export interface Lane<K extends Key.Key, Events extends ReadonlyArray<Event.Any>> {
  readonly title: string
  /** The JetStream stream that publishes this lane. */
  readonly name: string
  /** The first token of its subjects. */
  readonly prefix: string
  readonly boundary: Boundary.Boundary<K>
  readonly events: Events
  readonly retention: Retention
}

export interface Any extends Lane<any, ReadonlyArray<Event.Any>> {}

export const make = <
  const K extends Key.Key,
  const Events extends ReadonlyArray<Event.Any & { readonly Type: Key.Of<K> }>
>(
  lane: Lane<K, Events>
) => lane
