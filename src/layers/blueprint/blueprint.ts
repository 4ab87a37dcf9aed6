import { ByteSize, Duration, Schema } from "effect"
import { Board, type Boundary, Command, Event, Lane, Name, type Slice, Upcast } from "#domain/model/index.ts"
import { bucketOf } from "#layers/buckets/bucketNames.ts"
import * as Subject from "#layers/codec/Subject.ts"
import type * as Document from "#layers/contract/blueprintSchema.ts"
import { dataSchema, descriptionOf, jsonEncoder, fieldsOf, jsonSchemaOf } from "#layers/contract/jsonSchema.ts"
import { automationSubscription, viewSubscription } from "#layers/processors/boardSubscriptions.ts"
import { rowSchema } from "#layers/views/rows/row.ts"
import { examplesOf, inputOf, rulesOf, scenariosOf } from "./scenarioEntries.ts"
import { type ResultOf, noResults } from "./testResults.ts"

const namesOf = (events: ReadonlyArray<Event.Any>) => events.map(({ identifier }) => identifier)

/** The path that lists the rows of a view. */
export const listPathOf = ({ shows }: Slice.View<any, any>): `/${string}` => `/views/${Name.kebab(shows.name)}`

/** Ids of slices: the name of the command, the view or the automation, and its kind too where two names are equal. */
const sliceIds = (board: Board.Any) => {
  const ids = new Map<Slice.Any, string>()
  for (const slice of board.slices) {
    const name = Name.kebab(
      slice._tag === "Change" ? slice.command.name : slice._tag === "View" ? slice.shows.name : slice.name
    )
    ids.set(slice, [...ids.values()].includes(name) ? `${name}-${slice._tag.toLowerCase()}` : name)
  }
  return (slice: Slice.Any) => ids.get(slice)!
}

/** The actors, in the order of the board. An actor with an endpoint is a person. */
const actorsOf = ({ slices }: Board.Any): ReadonlyArray<Document.Actor> => {
  const people = new Set(slices.flatMap((slice) => (slice._tag === "Automation" ? [] : [slice.by.actor.name])))
  const names = new Set(slices.map((slice) => (slice._tag === "Automation" ? slice.by.name : slice.by.actor.name)))
  return Array.from(names, (name) => ({ name, kind: people.has(name) ? "person" : "machine" }))
}

const boundaryOf = ({ key, name }: Boundary.Any): Document.Boundary => ({ name, key: Object.keys(key) })

const retentionOf = ({ maxAge, maxBytes }: Lane.Any["retention"]): Document.Lane["keeps"] => ({
  maxAgeMillis: maxAge === undefined ? null : Duration.toMillis(Duration.fromInputUnsafe(maxAge)),
  maxBytes: ByteSize.toNumberUnsafe(ByteSize.fromInputUnsafe(maxBytes))
})

const laneOf = (lane: Lane.Any): Document.Lane => ({
  name: lane.name,
  title: lane.title,
  subjects: [lane.prefix, ...Object.keys(lane.boundary.key).map(() => "*"), "*"].join("."),
  boundary: boundaryOf(lane.boundary),
  also: (lane.also ?? []).map(boundaryOf),
  facts: namesOf(Lane.eventTypes(lane)),
  keeps: retentionOf(lane.retention)
})

const eventDefinitionsOf = (board: Board.Any): ReadonlyArray<Document.Event> => {
  const examples = examplesOf(board)
  return board.lanes.flatMap((lane) =>
    Lane.eventTypes(lane).map((event) => ({
      name: event.identifier,
      lane: lane.name,
      version: Event.version(event),
      retired: !lane.events.includes(event),
      older: Upcast.olderOf(board, event).map(({ shape }) => ({
        name: shape.identifier,
        version: Event.version(shape),
        fields: Object.keys(fieldsOf(shape))
      })),
      description: descriptionOf(event),
      fields: Object.keys(fieldsOf(event)),
      schema: dataSchema(event),
      example: examples.get(event.identifier) ?? null
    }))
  )
}

const messagesOf = (board: Board.Any): ReadonlyArray<Document.Message> => {
  const examples = examplesOf(board)
  return Board.messages(board).map((message) => ({
    name: message.identifier,
    subject: Subject.messageSubject(board, message),
    version: Event.version(message),
    description: descriptionOf(message),
    fields: Object.keys(fieldsOf(message)),
    schema: dataSchema(message),
    example: examples.get(message.identifier) ?? null
  }))
}

const uses = { guards: "guarded", checks: "checked", trusts: "trusted" } as const

const readOf = ({ name, read, use }: Command.NamedRead): Document.Read => ({
  name,
  use: uses[use],
  boundary: read.boundary.name,
  key: Object.keys(read.boundary.key).map((word) => read.fields?.[word] ?? word),
  many: read.many,
  facts: namesOf(read.projection.reads)
})

const commandsOf = (board: Board.Any): ReadonlyArray<Document.Command> => {
  const endpoints = new Map(Board.commandSlices(board).map((slice) => [slice.command as Command.Any, slice]))
  return [...new Set(Board.commands(board))].map((command) => {
    const { emits, name, rejects } = command
    const request = Command.requestSchema(command)
    const slice = endpoints.get(command)
    return {
      name,
      reads: Command.reads(command).map(readOf),
      emits: namesOf(emits),
      refuses: (rejects as ReadonlyArray<Event.Any>).map((rejection) => ({
        name: rejection.identifier,
        description: descriptionOf(rejection),
        schema: dataSchema(rejection)
      })),
      fields: Object.keys(request.fields),
      schema: jsonSchemaOf(request, request.fields),
      example: slice ? inputOf(slice) : null,
      door: slice ? { method: slice.by.method, path: slice.by.path } : null
    }
  })
}

const keyFieldsOf = (key: Schema.Struct.Fields): Document.View["key"] =>
  Object.entries(key).map(([word, schema]) => {
    const id = (schema as { readonly fields?: Schema.Struct.Fields }).fields?.["id"]
    return { word, entity: id !== undefined, schema: jsonSchemaOf(id ?? schema, { [word]: schema }) }
  })

const viewOf = (board: Board.Any, view: Slice.View<any, any>): Document.View => {
  const { by, key, shows } = view
  return {
    name: shows.name,
    version: shows.version ?? 1,
    reads: namesOf(shows.reads),
    key: keyFieldsOf(key),
    fields: Object.keys(shows.state.fields),
    schema: jsonSchemaOf(rowSchema(view), { ...key, ...shows.state.fields }),
    initial: jsonEncoder(shows.state)(shows.initial),
    bucket: bucketOf(view),
    consumer: viewSubscription(board, view).name,
    door: { method: by.method, path: by.path },
    list: listPathOf(view)
  }
}

const slicesOf = (board: Board.Any, resultOf: ResultOf): ReadonlyArray<Document.Slice> => {
  const idOf = sliceIds(board)
  const scenarios = scenariosOf(board, resultOf)
  return board.slices.map((slice) => ({
    id: idOf(slice),
    kind: slice._tag === "Change" ? "change" : slice._tag === "View" ? "view" : "automation",
    title: slice.title,
    actor: slice._tag === "Automation" ? slice.by.name : slice.by.actor.name,
    screen: slice._tag === "Automation" ? null : slice.by.screen,
    command: slice._tag === "Change" ? slice.command.name : "issues" in slice ? slice.issues.name : null,
    view: slice._tag === "View" ? slice.shows.name : null,
    automation: slice._tag === "Automation" ? slice.name : null,
    rules: rulesOf(board, slice, idOf, resultOf),
    scenarios: scenarios(slice)
  }))
}

/** A board as data: all that is needed to draw it, and the results of the last test run of its scenarios. Pure. */
export const blueprintOf = (board: Board.Any, resultOf: ResultOf = noResults): Document.Blueprint => ({
  name: board.name,
  title: board.title,
  actors: actorsOf(board),
  lanes: board.lanes.map(laneOf),
  facts: eventDefinitionsOf(board),
  commands: commandsOf(board),
  views: Board.views(board).map((view) => viewOf(board, view)),
  automations: Board.automations(board).map((automation) => ({
    name: automation.name,
    actor: automation.by.name,
    when: namesOf(automation.when),
    issues: "issues" in automation ? automation.issues.name : null,
    sends: "sends" in automation ? namesOf(automation.sends) : [],
    consumer: automationSubscription(board, automation).name
  })),
  messages: messagesOf(board),
  slices: slicesOf(board, resultOf)
})
