import type { Schema } from "effect"
import type * as Key from "./Key.ts"

/**
 * The type of an event (an orange note on the board), named in the past tense. It is declared as a `Schema.TaggedClass`; its
 * tag is its name everywhere. A later shape is annotated with its `version`; without the annotation it is 1.
 */
export interface Any extends Schema.Codec<{ readonly _tag: string }, unknown> {
  readonly identifier: string
  readonly fields: Schema.Struct.Fields
}

export type Of<Events extends ReadonlyArray<Any>> = Events[number]["Type"]

/** The version of an event's shape; `dataschema` of its CloudEvent names it. */
export const version = ({ ast }: Any): number => Number(ast.annotations?.["version"] ?? 1)

/** The events whose fields are not those of a key. */
export type LackingKey<E extends Any, K extends Key.Key> = E extends { readonly Type: Key.Of<K> } ? never : E
