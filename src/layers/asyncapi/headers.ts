import { Schema } from "effect"
import { type Board, Event } from "#domain/model/index.ts"
import { Attributes, headerPrefix } from "#layers/codec/cloudEventAttributes.ts"
import { dataschemaUri } from "#layers/codec/eventCodec.ts"
import { jsonSchemaOf } from "#layers/contract/jsonSchema.ts"
import { commandsEmitting } from "./examples.ts"
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
  factindex: "The number of the event in its event stream, from 1",
  traceparent: "W3C trace context, if the sender of the command sent one"
}

const headerName = (attribute: string) => `${headerPrefix}${attribute}`

/** The JSON Schema of an object that may have other fields too. */
const openSchema = (fields: Schema.Struct.Fields): Schema.JsonObject => {
  const { additionalProperties, ...schema } = jsonSchemaOf(Schema.Struct(fields))
  return schema
}

/** The component with the headers that every event has. Other headers, of NATS for example, may be beside them. */
export const eventHeadersName = "eventHeaders"

export const eventHeadersSchema = () => ({
  ...openSchema(
    Object.fromEntries(
      Object.entries(descriptions).map(([attribute, description]) => [
        headerName(attribute),
        (Attributes.fields[attribute as keyof typeof descriptions] as Schema.Top).annotate({ description })
      ])
    )
  ),
  description: "A CloudEvent 1.0 in binary mode of its NATS protocol binding; values are percent-encoded UTF-8"
})

/** The headers of the messages of one event type. */
export const headersOfEvent = (board: Board.Any, event: Event.Any) => ({
  type: "object",
  allOf: [schemaReference(eventHeadersName)],
  properties: {
    [headerName("type")]: { const: event.identifier },
    [headerName("dataschema")]: { const: dataschemaUri(board, event.identifier, Event.version(event)) },
    [headerName("source")]: { enum: commandsEmitting(board, event).map((command) => `/${board.name}/${command}`) }
  }
})

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

/** The headers of a command as a CloudEvent in binary mode. */
export const headersOfCommand = (name: string) => {
  const fields = Object.entries(commandAttributes(name)).map(([attribute, schema]) => [headerName(attribute), schema])
  return openSchema(Object.fromEntries(fields))
}
