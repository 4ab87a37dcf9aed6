import { Schema } from "effect"
import { Board, type Command, type Event, Name, type Slice } from "#domain/model/index.ts"
import { inputOf } from "#layers/blueprint/scenarioEntries.ts"
import { Receipt } from "#layers/commands/Receipt.ts"
import { dataSchema, descriptionOf, jsonSchemaOf } from "#layers/contract/jsonSchema.ts"
import { structuredName } from "./channels.ts"
import { type EventExample, exampleCorrelationId, exampleId } from "./examples.ts"
import { commandAttributes, eventHeadersName, eventHeadersSchema, headersOfCommand, headersOfEvent } from "./headers.ts"
import { referTo, schemaComponent, schemaReference } from "./references.ts"

/** The schema of the problem document of a rejection: HTTP defines it. */
export type RejectionSchema = (rejection: Event.Any) => Schema.Top

/** Names that no element of a board has: those are in PascalCase. */
export const receiptName = "receipt"
export const problemName = "problem"
export const correlationName = "correlation"

const rejectionsOf = (board: Board.Any): ReadonlyArray<Event.Any> => [
  ...new Set(Board.commandSlices(board).flatMap(({ command }) => command.rejects as ReadonlyArray<Event.Any>))
]

/** The messages that answer a command. */
export const repliesTo = ({ rejects }: Command.Any): ReadonlyArray<string> => [
  receiptName,
  ...(rejects as ReadonlyArray<Event.Any>).map(({ identifier }) => identifier),
  problemName
]

const Problem = Schema.Struct({
  type: Schema.String.annotate({ description: "Names the type of problem, as `code` does" }),
  title: Schema.String,
  status: Schema.Int.annotate({ description: "The status that the same command would get over HTTP" }),
  code: Schema.String,
  detail: Schema.String,
  correlationId: Schema.optionalKey(Schema.String)
})

/** The schemas that messages refer to, by name. */
export const schemaComponents = (board: Board.Any, rejectionSchema: RejectionSchema) => {
  const { additionalProperties, ...problem } = jsonSchemaOf(Problem)
  const schemas: ReadonlyArray<readonly [name: string, schema: Schema.JsonObject]> = [
    ...Board.events(board).map((event) => [event.identifier, dataSchema(event)] as const),
    ...Board.commandSlices(board).map(
      ({ command }) => [command.name, jsonSchemaOf(command.input, command.input.fields)] as const
    ),
    ...rejectionsOf(board).map(
      (rejection) => [rejection.identifier, jsonSchemaOf(rejectionSchema(rejection), rejection.fields)] as const
    ),
    [receiptName, jsonSchemaOf(Receipt)],
    [problemName, problem],
    [eventHeadersName, eventHeadersSchema()]
  ]
  return Object.fromEntries(schemas.map(([name, schema]) => [name, schemaComponent(name, schema)]))
}

const correlationId = referTo("components", "correlationIds", correlationName)

const eventMessage = (board: Board.Any, event: Event.Any, example: EventExample | undefined) => ({
  name: event.identifier,
  title: Name.toTitle(event.identifier),
  ...(descriptionOf(event) !== null && { description: descriptionOf(event)! }),
  contentType: "application/json",
  correlationId,
  headers: headersOfEvent(board, event),
  payload: schemaReference(event.identifier),
  ...(example && { examples: [{ headers: example.headers, payload: example.payload }] })
})

/** A command in both modes of CloudEvents. */
const commandMessages = (slice: Slice.CommandSlice<any>) => {
  const command: Command.Any = slice.command
  const { name } = command
  const title = Name.toTitle(name)
  const data = inputOf(slice)
  const { additionalProperties, ...attributes } = jsonSchemaOf(Schema.Struct(commandAttributes(name)))
  const example = {
    specversion: "1.0",
    id: exampleId,
    source: "https://desk.example/",
    type: name,
    correlationid: exampleCorrelationId
  }
  const exampleHeaders = Object.fromEntries(Object.entries(example).map(([name, value]) => [`ce-${name}`, value]))
  return {
    [name]: {
      name,
      title,
      summary: `${title}, as a CloudEvent in binary mode: the attributes are headers.`,
      contentType: "application/json",
      correlationId,
      headers: headersOfCommand(name),
      payload: schemaReference(name),
      ...(data !== null && { examples: [{ headers: exampleHeaders, payload: data }] })
    },
    [structuredName(command)]: {
      name,
      title: `${title}, structured`,
      summary: `${title}, as a CloudEvent in structured mode: the attributes are in the body.`,
      contentType: "application/cloudevents+json",
      payload: {
        ...attributes,
        properties: { ...(attributes["properties"] as object), data: schemaReference(name) },
        required: [...(attributes["required"] as ReadonlyArray<string>), "data"]
      },
      ...(data !== null && { examples: [{ payload: { ...example, data } }] })
    }
  }
}

const replyMessage = (name: string, title: string, summary: string, contentType: string) => ({
  [name]: { name, title, summary, contentType, payload: schemaReference(name) }
})

const problemMediaType = "application/problem+json"

/** All messages by name: events, commands in both modes, and replies. */
export const messagesOf = (board: Board.Any, examples: ReadonlyMap<string, EventExample>): object =>
  Object.assign(
    {},
    ...Board.events(board).map((event) => ({
      [event.identifier]: eventMessage(board, event, examples.get(event.identifier))
    })),
    ...Board.commandSlices(board).map(commandMessages),
    ...rejectionsOf(board).map((rejection) => {
      const summary = descriptionOf(rejection) ?? "A rule of the board rejects the command."
      return replyMessage(rejection.identifier, Name.toTitle(rejection.identifier), summary, problemMediaType)
    }),
    replyMessage(
      receiptName,
      "Receipt",
      "The events that the command appended; none: nothing to do.",
      "application/json"
    ),
    replyMessage(problemName, "Problem", "Any other problem (RFC 9457); `code` names it.", problemMediaType)
  )
