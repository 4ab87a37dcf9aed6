import type { Schema } from "effect"
import type * as Boundary from "./Boundary.ts"
import type * as Event from "./Event.ts"
import type * as Key from "./Key.ts"
import type * as Projection from "./Projection.ts"

/** The events that a command appends (none when there is nothing to do), or the one rejection. */
export type Decision<Emitted, Rejection> = ReadonlyArray<Emitted> | Rejection

/** An intention (a blue note on the board), named in the imperative, and the pure function that turns it into events. */
export interface Command<
  Name extends string,
  Input extends Schema.Struct<Schema.Struct.Fields>,
  K extends Key.Key,
  State extends Projection.Any,
  Events extends ReadonlyArray<Event.Any>,
  Rejections extends ReadonlyArray<Event.Any>
> {
  readonly name: Name
  readonly input: Input
  /** The consistency boundary: its event stream must not change between load and append. */
  readonly guards: Boundary.Boundary<K>
  readonly state: State
  readonly emits: Events
  readonly rejects: Rejections
  readonly decide: (
    state: Projection.State<State>,
    input: Input["Type"]
  ) => Decision<Event.Of<Events>, Event.Of<Rejections>>
}

export interface Any extends Command<string, any, any, any, any, any> {}

export const make = <
  const Name extends string,
  const K extends Key.Key,
  Input extends Schema.Struct<Schema.Struct.Fields> & { readonly Type: Key.Of<K> },
  State extends Projection.Any,
  const Events extends ReadonlyArray<Event.Any & { readonly Type: Key.Of<K> }>,
  const Rejections extends ReadonlyArray<Event.Any>
>(
  command: Command<Name, Input, K, State, Events, Rejections>
) => command

export type Input<C extends Any> = C["input"]["Type"]
export type Rejection<C extends Any> = Event.Of<C["rejects"]>
