import type { Board } from "#domain/model/index.ts"
import { channelsOf } from "./channels.ts"
import { repliesTo } from "./commandMessages.ts"
import { eventExamples } from "./examples.ts"
import { messagesOf } from "./messages.ts"
import { operationsOf } from "./operations.ts"
import { correlationName } from "./references.ts"
import { type RejectionSchema, schemaComponents } from "./schemaComponents.ts"

const description = `Every event is a CloudEvent 1.0 in binary mode: its attributes are headers that begin with \`ce-\`, its
data is the payload. An event is stored once in the log, and copied by the server into the stream of its lane; a consumer may
deliver it more than once, with the same \`ce-id\`. Events of one event stream (\`ce-subject\`) are in order. In subjects,
other characters than letters, digits and \`-\` are escaped: \`=\` and two hexadecimal digits for each byte of UTF-8.`

/** The board as an AsyncAPI document: what the app sends and receives over NATS. Pure. */
export const asyncApiOf = (board: Board.Any, rejectionSchema: RejectionSchema) => {
  const examples = eventExamples(board)
  return {
    asyncapi: "3.1.0",
    info: { title: board.title, version: "1.0.0", description: description.replaceAll("\n", " ") },
    defaultContentType: "application/json",
    servers: {
      nats: {
        host: "{host}",
        protocol: "nats",
        description: "A nats-server with JetStream. The start-up log of the app prints the address of its own server.",
        variables: { host: { default: "127.0.0.1:4222", description: "Host and port, as in NATS_URL" } }
      }
    },
    channels: channelsOf(board, examples, repliesTo),
    operations: operationsOf(board),
    components: {
      messages: messagesOf(board, examples),
      schemas: schemaComponents(board, rejectionSchema),
      correlationIds: {
        [correlationName]: {
          description: "The same for everything that belongs together; automations pass it on.",
          location: "$message.header#/ce-correlationid"
        }
      }
    }
  }
}

export type AsyncApi = ReturnType<typeof asyncApiOf>
