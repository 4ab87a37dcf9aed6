import type { Schema } from "effect"
import type { Context } from "./Context.ts"
import type * as Event from "./Event.ts"
import type * as Read from "./Read.ts"

export type { Context, Ids } from "./Context.ts"
export * from "./CommandReads.ts"
export * from "./CommandRequest.ts"

/** The events that a command appends (none when there is nothing to do), or the one rejection. */
export type Decision<Emitted, Rejection> = ReadonlyArray<Emitted> | Rejection

/** The states of a command's reads, by name. */
type States<Reads> = { readonly [Name in keyof Reads]: Read.State<Reads[Name]> }

/** An intention (a blue note on the board), named in the imperative, and the pure function that turns it into events. */
export interface Command<
  Name extends string,
  Input extends Schema.Struct<Schema.Struct.Fields>,
  Guards extends Read.Named<Input["Type"]>,
  Checks extends Read.Named<Input["Type"]>,
  Trusts extends Read.Named<Input["Type"]>,
  Events extends ReadonlyArray<Event.Any>,
  Rejections extends ReadonlyArray<Event.Any>
> {
  readonly name: Name
  readonly input: Input
  /** Boundaries whose event streams must not change between load and append. The command's events belong to these. */
  readonly guards: Guards
  /** Boundaries that must not change either, to which the command adds no events. */
  readonly checks?: Checks
  /** Boundaries that are read without a guard, up to a second old: for what never turns false. */
  readonly trusts?: Trusts
  readonly emits: Events
  readonly rejects: Rejections
  readonly decide: (
    state: States<Guards & Checks & Trusts>,
    input: Input["Type"],
    context: Context
  ) => Decision<Event.Of<Events>, Event.Of<Rejections>>
}

export interface Any extends Command<string, any, any, any, any, any, any> {}

export const make = <
  const Name extends string,
  Input extends Schema.Struct<Schema.Struct.Fields>,
  Guards extends Read.Named<Input["Type"]>,
  const Events extends ReadonlyArray<Event.Any>,
  const Rejections extends ReadonlyArray<Event.Any>,
  Checks extends Read.Named<Input["Type"]> = {},
  Trusts extends Read.Named<Input["Type"]> = {}
>(
  command: Command<Name, Input, Guards, Checks, Trusts, Events, Rejections>
): Command<Name, Input, Guards, Checks, Trusts, Events, Rejections> => command

export type Input<C extends Any> = C["input"]["Type"]

export type Rejection<C extends Any> = Event.Of<C["rejects"]>

type EventsOf<Reads> = {
  readonly [Name in keyof Reads]: Reads[Name] extends Read.Read<any, infer P, any, boolean>
    ? Event.Of<P["reads"]>
    : never
}[keyof Reads]

/** The events that a command reads in any boundary. */
export type ReadEvent<C extends Any> =
  | EventsOf<C["guards"]>
  | EventsOf<NonNullable<C["checks"]>>
  | EventsOf<NonNullable<C["trusts"]>>
