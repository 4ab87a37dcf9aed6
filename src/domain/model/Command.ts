import type { Schema } from "effect"
import type * as Boundary from "./Boundary.ts"
import type * as Event from "./Event.ts"
import type * as Key from "./Key.ts"
import type * as Projection from "./Projection.ts"

/** The facts a command adds (none when there is nothing to do), or the one reason it is refused. */
export type Decision<Fact, Refusal> = ReadonlyArray<Fact> | Refusal

/** An intention (blue post-it), in the imperative, and the pure rule that turns it into facts. */
export interface Command<
  Name extends string,
  Input extends Schema.Struct<Schema.Struct.Fields>,
  K extends Key.Key,
  State extends Projection.Any,
  Facts extends ReadonlyArray<Event.Any>,
  Refusals extends ReadonlyArray<Event.Any>
> {
  readonly name: Name
  readonly input: Input
  /** What must not change between the look and the leap. */
  readonly guards: Boundary.Boundary<K>
  readonly state: State
  readonly emits: Facts
  readonly refuses: Refusals
  readonly decide: (
    state: Projection.State<State>,
    input: Input["Type"]
  ) => Decision<Event.Of<Facts>, Event.Of<Refusals>>
}

export interface Any extends Command<string, any, any, any, any, any> {}

export const make = <
  const Name extends string,
  const K extends Key.Key,
  Input extends Schema.Struct<Schema.Struct.Fields> & { readonly Type: Key.Of<K> },
  State extends Projection.Any,
  const Facts extends ReadonlyArray<Event.Any & { readonly Type: Key.Of<K> }>,
  const Refusals extends ReadonlyArray<Event.Any>
>(
  command: Command<Name, Input, K, State, Facts, Refusals>
) => command

export type Input<C extends Any> = C["input"]["Type"]
export type Refusal<C extends Any> = Event.Of<C["refuses"]>
