import type { Schema } from "effect"
import type * as Event from "./Event.ts"

/**
 * State derived from events, by one pure function for each event that it reads: a read model (a green note on the board), or
 * the state that a decision needs.
 */
export interface Projection<Name extends string, State, S extends Schema.Top, Events extends ReadonlyArray<Event.Any>> {
  readonly name: Name
  readonly reads: Events
  readonly state: S & { readonly Type: State }
  readonly initial: NoInfer<State>
  /** Rows of another version live in another bucket. Without it, 1. */
  readonly version?: number
  /**
   * How much of an event stream a decision reads for this projection, by default all of it. `newest`: the newest event of each
   * type, on which alone the state depends. `snapshots`: a stored state, and the events after it; for event streams that grow
   * without a bound.
   */
  readonly history?: "newest" | "snapshots"
  readonly evolve: {
    readonly [Tag in Event.Of<Events>["_tag"]]: (
      state: State,
      event: Extract<Event.Of<Events>, { readonly _tag: Tag }>
    ) => NoInfer<State>
  }
}

export interface Any extends Projection<string, any, any, any> {}

export const make = <
  const Name extends string,
  const State,
  S extends Schema.Top,
  const Events extends ReadonlyArray<Event.Any>
>(
  projection: Projection<Name, State, S, Events>
) => projection

export type State<P extends Any> = P["state"]["Type"]

/** Applies events to a state. Events that the projection does not read are skipped. */
export const fold = <P extends Any>(
  { initial, evolve }: P,
  history: Iterable<Event.Any["Type"]>,
  from: State<P> = initial
): State<P> => {
  let state = from
  for (const event of history) state = evolve[event._tag]?.(state, event) ?? state
  return state
}
