import { createHash } from "node:crypto"
import { Schema } from "effect"
import { Event, type Projection, type Slice } from "#domain/model/index.ts"

/** Ignores spaces and line breaks: Node blanks out types where a bundler removes them. */
const textOf = (code: unknown) => String(code).replaceAll(/\s+/gu, " ")

const jsonSchemaOf = (schema: Schema.Top) => Schema.toJsonSchemaDocument(schema)

const eventsOf = ({ reads }: Projection.Any) =>
  (reads as ReadonlyArray<Event.Any>).map((event) => [event.identifier, Event.version(event)])

const codeOf = ({ evolve }: Projection.Any) => Object.entries(evolve).map(([name, fold]) => [name, textOf(fold)])

const hashOf = (parts: object) => createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16)

/**
 * A hash of what decides which rows a view has: its state, its events with their versions, its key, its initial state, and
 * the text of its `evolve` functions. It does not cover functions that these call: a change of one of those needs a new
 * `version` of the projection.
 */
export const fingerprintOf = ({ key, shows }: Slice.View<any, any>): string =>
  hashOf({
    state: jsonSchemaOf(shows.state),
    events: eventsOf(shows),
    key: Object.entries(key as Schema.Struct.Fields).map(([name, field]) => [name, jsonSchemaOf(field as Schema.Top)]),
    initial: shows.initial,
    evolve: codeOf(shows)
  })

/** The same for the states of a projection on which commands decide; a new `version` changes it, too. */
export const projectionFingerprint = (projection: Projection.Any): string =>
  hashOf({
    state: jsonSchemaOf(projection.state),
    events: eventsOf(projection),
    version: projection.version ?? 1,
    initial: projection.initial,
    evolve: codeOf(projection)
  })
