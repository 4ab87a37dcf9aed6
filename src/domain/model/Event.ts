import type { Schema } from "effect"

/**
 * A fact (orange post-it), in the past tense. Declared as a `Schema.TaggedClass`; its tag is its name everywhere.
 * A later shape of it is annotated with its `version`; without one it is 1.
 */
export interface Any extends Schema.Codec<{ readonly _tag: string }, unknown> {
  readonly identifier: string
  readonly fields: Schema.Struct.Fields
}

export type Of<Events extends ReadonlyArray<Any>> = Events[number]["Type"]

/** The version of a fact's shape, named by its `dataschema` on the wire. */
export const version = ({ ast }: Any): number => Number(ast.annotations?.["version"] ?? 1)
