import { ByteSize, Duration, Schema } from "effect"
import { Board, type Command, Event, type Lane, Name, type Slice } from "#domain/model/index.ts"
import type * as Document from "#layers/contract/blueprintSchema.ts"
import { dataSchema, descriptionOf, encoder, fieldsOf, jsonSchemaOf } from "#layers/contract/jsonSchema.ts"
import { bucketOf } from "#layers/services/buckets.ts"
import { ofAutomation, ofView } from "#layers/services/subscriptionsOf.ts"
import { rowSchema } from "#layers/views/row.ts"
import { examplesOf, inputOf, rulesOf, scenariosOf } from "./scenarioEntries.ts"
import { type ResultOf, untested } from "./testResults.ts"

const namesOf = (facts: ReadonlyArray<Event.Any>) => facts.map(({ identifier }) => identifier)

/** Where the rows of a view are listed. */
export const listOf = ({ shows }: Slice.View<any, any>): `/${string}` => `/views/${Name.kebab(shows.name)}`

/** A name for a column: of what it is about. An automation may have the name of a command; then it says what it is. */
const idsOf = (board: Board.Any) => {
  const ids = new Map<Slice.Any, string>()
  for (const slice of board.slices) {
    const name = Name.kebab(
      slice._tag === "Change" ? slice.command.name : slice._tag === "View" ? slice.shows.name : slice.name
    )
    ids.set(slice, [...ids.values()].includes(name) ? `${name}-${slice._tag.toLowerCase()}` : name)
  }
  return (slice: Slice.Any) => ids.get(slice)!
}

/** Rows on top, as they come from left to right. Who stands at a door is a person. */
const actorsOf = ({ slices }: Board.Any): ReadonlyArray<Document.Actor> => {
  const people = new Set(slices.flatMap((slice) => (slice._tag === "Automation" ? [] : [slice.by.actor.name])))
  const names = new Set(slices.map((slice) => (slice._tag === "Automation" ? slice.by.name : slice.by.actor.name)))
  return Array.from(names, (name) => ({ name, kind: people.has(name) ? "person" : "machine" }))
}

const laneOf = ({ boundary, facts, keeps, name, prefix, title }: Lane.Any): Document.Lane => ({
  name,
  title,
  subjects: [prefix, ...Object.keys(boundary.key).map(() => "*"), "*"].join("."),
  boundary: { name: boundary.name, key: Object.keys(boundary.key) },
  facts: namesOf(facts),
  keeps: {
    maxAgeMillis: keeps.maxAge === undefined ? null : Duration.toMillis(Duration.fromInputUnsafe(keeps.maxAge)),
    maxBytes: ByteSize.toNumberUnsafe(ByteSize.fromInputUnsafe(keeps.maxBytes))
  }
})

const factsOf = (board: Board.Any): ReadonlyArray<Document.Fact> => {
  const examples = examplesOf(board)
  return board.lanes.flatMap((lane) =>
    lane.facts.map((fact) => ({
      name: fact.identifier,
      lane: lane.name,
      version: Event.version(fact),
      description: descriptionOf(fact),
      fields: Object.keys(fieldsOf(fact)),
      schema: dataSchema(fact),
      example: examples.get(fact.identifier) ?? null
    }))
  )
}

const commandsOf = (board: Board.Any): ReadonlyArray<Document.Command> => {
  const lanes = Board.laneOf(board)
  const doors = new Map(Board.changes(board).map((slice) => [slice.command as Command.Any, slice]))
  return [...new Set(Board.commands(board))].map((command) => {
    const { emits, guards, input, name, refuses, state } = command
    const slice = doors.get(command)
    return {
      name,
      guards: { boundary: guards.name, key: Object.keys(guards.key) },
      reads: namesOf(state.reads).map((fact) => ({ fact, guarded: lanes.get(fact)!.boundary === guards })),
      emits: namesOf(emits),
      refuses: (refuses as ReadonlyArray<Event.Any>).map((refusal) => ({
        name: refusal.identifier,
        description: descriptionOf(refusal),
        schema: dataSchema(refusal)
      })),
      fields: Object.keys(input.fields),
      schema: jsonSchemaOf(input, input.fields),
      example: slice ? inputOf(slice) : null,
      door: slice ? { method: slice.by.method, path: slice.by.path } : null
    }
  })
}

const keyOf = (key: Schema.Struct.Fields): Document.View["key"] =>
  Object.entries(key).map(([word, schema]) => {
    const id = (schema as { readonly fields?: Schema.Struct.Fields }).fields?.["id"]
    return { word, entity: id !== undefined, schema: jsonSchemaOf(id ?? schema, { [word]: schema }) }
  })

const viewOf = (view: Slice.View<any, any>): Document.View => {
  const { by, key, shows } = view
  return {
    name: shows.name,
    version: shows.version ?? 1,
    reads: namesOf(shows.reads),
    key: keyOf(key),
    fields: Object.keys(shows.state.fields),
    schema: jsonSchemaOf(rowSchema(view), { ...key, ...shows.state.fields }),
    initial: encoder(shows.state)(shows.initial),
    bucket: bucketOf(view),
    consumer: ofView(view).name,
    door: { method: by.method, path: by.path },
    list: listOf(view)
  }
}

const slicesOf = (board: Board.Any, resultOf: ResultOf): ReadonlyArray<Document.Slice> => {
  const idOf = idsOf(board)
  const scenarios = scenariosOf(board, resultOf)
  return board.slices.map((slice) => ({
    id: idOf(slice),
    kind: slice._tag === "Change" ? "change" : slice._tag === "View" ? "view" : "automation",
    title: slice.title,
    actor: slice._tag === "Automation" ? slice.by.name : slice.by.actor.name,
    screen: slice._tag === "Automation" ? null : slice.by.screen,
    command: slice._tag === "Change" ? slice.command.name : slice._tag === "Automation" ? slice.issues.name : null,
    view: slice._tag === "View" ? slice.shows.name : null,
    automation: slice._tag === "Automation" ? slice.name : null,
    rules: rulesOf(board, slice, idOf, resultOf),
    scenarios: scenarios(slice)
  }))
}

/** A board as data: all that is needed to draw it, and what the last test run said of its scenarios. Pure. */
export const blueprintOf = (board: Board.Any, resultOf: ResultOf = untested): Document.Blueprint => ({
  name: board.name,
  title: board.title,
  actors: actorsOf(board),
  lanes: board.lanes.map(laneOf),
  facts: factsOf(board),
  commands: commandsOf(board),
  views: Board.views(board).map(viewOf),
  automations: Board.automations(board).map((automation) => ({
    name: automation.name,
    actor: automation.by.name,
    when: namesOf(automation.when),
    issues: automation.issues.name,
    consumer: ofAutomation(automation).name
  })),
  slices: slicesOf(board, resultOf)
})
