import type { Schema } from "effect"
import type * as Key from "./Key.ts"

/**
 * The type of an event (an orange note on the board), named in the past tense. It is declared as a `Schema.TaggedClass`; its
 * tag is its name everywhere. A later shape is annotated with its `version`; without the annotation it is 1. The shapes before
 * it stay readable as `older` of the lane.
 */
export interface Any extends Schema.Codec<{ readonly _tag: string }, unknown> {
  readonly identifier: string
  readonly fields: Schema.Struct.Fields
}

export type Of<Events extends ReadonlyArray<Any>> = Events[number]["Type"]

/** The version of an event's shape; `dataschema` of its CloudEvent names it. */
export const version = ({ ast }: Any): number => Number(ast.annotations?.["version"] ?? 1)

/** What an upcast returns: the one event that an older one becomes, or a list where `into` is one. */
type Upcasted<Into> = Into extends Any ? Into["Type"] : Into extends ReadonlyArray<Any> ? Of<Into>[] : never

/**
 * An older shape of an event, in which the log still has it: an earlier version, or an earlier name. `into` is the next shape,
 * or a list of them: events that it is split into, or none if it says nothing any more.
 */
export interface Older<S extends Any, Into extends Any | ReadonlyArray<Any>> {
  readonly shape: S
  readonly into: Into
  /** Pure. Keeps the words of the key: what it returns is found in the event stream of the stored event. */
  readonly upcast: (event: S["Type"]) => Upcasted<Into>
}

export interface AnyOlder extends Older<any, any> {}

export const older = <S extends Any, const Into extends Any | ReadonlyArray<Any>>(
  shape: S,
  { into, upcast }: Omit<Older<S, Into>, "shape">
): Older<S, Into> => ({ shape, into, upcast })

/** The shapes that an older one becomes: none, one, or several. */
export const successors = ({ into }: AnyOlder): ReadonlyArray<Any> => (Array.isArray(into) ? into : [into])

/** The events whose fields are not those of a key. */
export type LackingKey<E extends Any, K extends Key.Key> = E extends { readonly Type: Key.Of<K> } ? never : E
