import { Board, Event, Lane, Name } from "#domain/model/index.ts"
import { descriptionOf } from "#layers/contract/jsonSchema.ts"
import { shapeName } from "./channels.ts"
import { commandMessages } from "./commandMessages.ts"
import { type EventExample, messageExamples } from "./examples.ts"
import { headersOfEvent, headersOfMessage } from "./headers.ts"
import { correlationReference, schemaReference } from "./references.ts"

type Example = Pick<EventExample, "headers" | "payload">

/** The message of an event, or of a type that automations send. */
const messageOf = (type: Event.Any, headers: object, example: Example | undefined, name = type.identifier) => ({
  [name]: {
    name,
    title:
      name === type.identifier
        ? Name.toTitle(name)
        : `${Name.toTitle(type.identifier)}, version ${Event.version(type)}`,
    ...(descriptionOf(type) !== null && { description: descriptionOf(type)! }),
    contentType: "application/json",
    correlationId: correlationReference,
    headers,
    payload: schemaReference(name),
    ...(example && { examples: [{ headers: example.headers, payload: example.payload }] })
  }
})

/** All messages by name: events, what automations send, and commands with their replies. */
export const messagesOf = (board: Board.Any, examples: ReadonlyMap<string, EventExample>): object => {
  const sent = messageExamples(board)
  return Object.assign(
    {},
    ...board.lanes.flatMap((lane) =>
      Lane.storedShapes(lane).map((shape) => {
        const name = shapeName(lane, shape)
        return messageOf(shape, headersOfEvent(board, shape), examples.get(name), name)
      })
    ),
    ...Board.messages(board).map((message) =>
      messageOf(message, headersOfMessage(board, message), sent.get(message.identifier))
    ),
    commandMessages(board)
  )
}
