import { Schema } from "effect"
import { type Board, Event, type Message } from "#domain/model/index.ts"
import { Attributes, headerPrefix } from "#layers/codec/cloudEventAttributes.ts"
import { dataschemaUri } from "#layers/codec/eventCodec.ts"
import { jsonSchemaOf } from "#layers/contract/jsonSchema.ts"
import { automationsSending, commandsEmitting } from "./examples.ts"
import { schemaReference } from "./references.ts"

const descriptions: { readonly [A in keyof typeof Attributes.fields]: string } = {
  specversion: "The version of CloudEvents",
  id: "Identifies the event: a message that is delivered again has the same",
  source: "The board, and the command that appended the event",
  type: "The type of the event",
  subject: "The event stream: `room-night/1_2022-12-12`",
  time: "When the command was decided: ISO 8601, UTC, milliseconds",
  datacontenttype: "The type of the payload",
  dataschema: "Names the JSON Schema of the payload; the app serves it at /schemas/<type>/<version>",
  correlationid: "The same for everything that belongs together",
  causationid: "The id of the event that an automation reacted to, else of the command",
  commandid: "The id of the command, which makes it run once",
  commandhash: "A digest of the command's name and input",
  actor: "Who sent the command",
  authid: "The subject of the token of who sent the command, where the app authenticates",
  authtype: "The kind of that caller",
  factindex: "The number of the event in its event stream, from 1",
  copyof: "The id of the event that this is a copy of; copies are in the log only",
  traceparent: "W3C trace context, if the sender of the command sent one"
}

const headerName = (attribute: string) => `${headerPrefix}${attribute}`

/** The JSON Schema of an object that may have other fields too. */
const openSchema = (fields: Schema.Struct.Fields): Schema.JsonObject => {
  const { additionalProperties, ...schema } = jsonSchemaOf(Schema.Struct(fields))
  return schema
}

type Attribute = keyof typeof descriptions

/** Lanes have no copies. */
const attributeNames = (Object.keys(descriptions) as ReadonlyArray<Attribute>).filter((name) => name !== "copyof")

const schemaOfHeaders = (attributes: ReadonlyArray<Attribute>) => ({
  ...openSchema(
    Object.fromEntries(
      attributes.map((attribute) => [
        headerName(attribute),
        (Attributes.fields[attribute] as Schema.Top).annotate({ description: descriptions[attribute] })
      ])
    )
  ),
  description: "A CloudEvent 1.0 in binary mode of its NATS protocol binding; values are percent-encoded UTF-8"
})

/** The component with the headers that every event has. Other headers, of NATS for example, may be beside them. */
export const eventHeadersName = "eventHeaders"
export const eventHeadersSchema = () => schemaOfHeaders(attributeNames)

/** The component with the headers of every message that an automation sends: it has no command. */
export const messageHeadersName = "messageHeaders"
const ofCommands = new Set<Attribute>(["commandid", "commandhash", "factindex"])
export const messageHeadersSchema = () =>
  schemaOfHeaders(attributeNames.filter((attribute) => !ofCommands.has(attribute)))

const headersOf = (board: Board.Any, type: Event.Any, component: string, sources: ReadonlyArray<string>) => ({
  type: "object",
  allOf: [schemaReference(component)],
  properties: {
    [headerName("type")]: { const: type.identifier },
    [headerName("dataschema")]: { const: dataschemaUri(board, type.identifier, Event.version(type)) },
    // Of an older shape or a retired event, the commands that appended it may be gone.
    ...(sources.length > 0 && { [headerName("source")]: { enum: sources.map((source) => `/${board.name}/${source}`) } })
  }
})

/** The headers of the messages of one event type. */
export const headersOfEvent = (board: Board.Any, event: Event.Any) =>
  headersOf(board, event, eventHeadersName, commandsEmitting(board, event))

/** The headers of one type of message that automations send. */
export const headersOfMessage = (board: Board.Any, message: Message.Any) =>
  headersOf(
    board,
    message,
    messageHeadersName,
    automationsSending(board, message).map(({ name }) => name)
  )

const requestAttributes = {
  specversion: Schema.Literal("1.0"),
  id: Schema.String.annotate({
    description: "With `source` the command id: a command that is sent again with both is not run again"
  }),
  source: Schema.String.annotate({ description: "Who sends the command: a URI reference" }),
  correlationid: Schema.optionalKey(Schema.String).annotate({ description: descriptions.correlationid }),
  traceparent: Schema.optionalKey(Schema.String).annotate({ description: "W3C trace context" })
}

/** The attributes of a command as a CloudEvent. */
export const commandAttributes = (name: string): Schema.Struct.Fields => ({
  ...requestAttributes,
  type: Schema.Literal(name)
})

const commandHeaders = {
  "dry-run": Schema.optionalKey(Schema.Literals(["true", "false"])).annotate({
    description: "`true`: the reply has the events that would be appended, and nothing is written"
  })
}

/** The headers of a command as a CloudEvent in binary mode. */
export const headersOfCommand = (name: string) => {
  const fields = Object.entries(commandAttributes(name)).map(([attribute, schema]) => [headerName(attribute), schema])
  return openSchema({ ...Object.fromEntries(fields), ...commandHeaders })
}

/** The headers of a command whose attributes are in its body. */
export const otherCommandHeaders = () => openSchema(commandHeaders)

/** The headers of a reply that is a problem: ADR-32. */
export const problemHeaders = () =>
  openSchema({
    "Nats-Service-Error-Code": Schema.String.annotate({ description: "The status that it would have over HTTP" }),
    "Nats-Service-Error": Schema.String.annotate({ description: "The `code` of the problem" })
  })
