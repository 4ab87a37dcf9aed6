import { createHash } from "node:crypto"
import { Schema } from "effect"
import { type Board, Event, type Projection, type Slice, Upcast } from "#domain/model/index.ts"

/** Ignores spaces and line breaks: Node blanks out types where a bundler removes them. */
const textOf = (code: unknown) => String(code).replaceAll(/\s+/gu, " ")

const jsonSchemaOf = (schema: Schema.Top) => Schema.toJsonSchemaDocument(schema)

/** Names, versions and shapes of older events that become this one, with the text of each upcast. */
const olderOf = (board: Board.Any, event: Event.Any) =>
  Upcast.olderOf(board, event).map(({ shape, upcast }) => [
    shape.identifier,
    Event.version(shape),
    jsonSchemaOf(shape),
    textOf(upcast)
  ])

const eventsOf = (board: Board.Any, { reads }: Projection.Any) =>
  (reads as ReadonlyArray<Event.Any>).map((event) => {
    const older = olderOf(board, event)
    return [event.identifier, Event.version(event), ...(older.length > 0 ? [older] : [])]
  })

const codeOf = ({ evolve }: Projection.Any) => Object.entries(evolve).map(([name, fold]) => [name, textOf(fold)])

const hashOf = (parts: object) => createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16)

/**
 * A hash of what decides which rows a view has: its state, its events with their versions, older shapes and upcasts, its key, its initial state, and
 * the text of its `evolve` functions. It does not cover functions that these call: a change of one of those needs a new
 * `version` of the projection.
 */
export const fingerprintOf = (board: Board.Any, { key, shows }: Slice.View<any, any>): string =>
  hashOf({
    state: jsonSchemaOf(shows.state),
    events: eventsOf(board, shows),
    key: Object.entries(key as Schema.Struct.Fields).map(([name, field]) => [name, jsonSchemaOf(field as Schema.Top)]),
    initial: shows.initial,
    evolve: codeOf(shows)
  })

/** The same for the states of a projection on which commands decide; a new `version` changes it, too. */
export const projectionFingerprint = (board: Board.Any, projection: Projection.Any): string =>
  hashOf({
    state: jsonSchemaOf(projection.state),
    events: eventsOf(board, projection),
    version: projection.version ?? 1,
    initial: projection.initial,
    evolve: codeOf(projection)
  })
