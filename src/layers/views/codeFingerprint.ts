import { createHash } from "node:crypto"
import { Schema } from "effect"
import { Event, type Slice } from "#domain/model/index.ts"

/** Ignores spaces and line breaks: Node blanks out types where a bundler removes them. */
const textOf = (code: unknown) => String(code).replaceAll(/\s+/gu, " ")

const jsonSchemaOf = (schema: Schema.Top) => Schema.toJsonSchemaDocument(schema)

/**
 * A hash of what decides which rows a view has: its state, its events with their versions, its key, its initial state, and
 * the text of its `evolve` functions. It does not cover functions that these call: a change of one of those needs a new
 * `version` of the projection.
 */
export const fingerprintOf = ({ key, shows }: Slice.View<any, any>): string => {
  const { evolve, initial, reads, state } = shows
  const parts = {
    state: jsonSchemaOf(state),
    events: (reads as ReadonlyArray<Event.Any>).map((event) => [event.identifier, Event.version(event)]),
    key: Object.entries(key as Schema.Struct.Fields).map(([name, field]) => [name, jsonSchemaOf(field as Schema.Top)]),
    initial,
    evolve: Object.entries(evolve).map(([name, fold]) => [name, textOf(fold)])
  }
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16)
}
