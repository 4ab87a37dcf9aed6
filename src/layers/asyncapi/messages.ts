import { Board, type Event, Name } from "#domain/model/index.ts"
import { descriptionOf } from "#layers/contract/jsonSchema.ts"
import { commandMessages } from "./commandMessages.ts"
import { type EventExample, messageExamples } from "./examples.ts"
import { headersOfEvent, headersOfMessage } from "./headers.ts"
import { correlationReference, schemaReference } from "./references.ts"

type Example = Pick<EventExample, "headers" | "payload">

/** The message of an event, or of a type that automations send. */
const messageOf = (type: Event.Any, headers: object, example: Example | undefined) => ({
  [type.identifier]: {
    name: type.identifier,
    title: Name.toTitle(type.identifier),
    ...(descriptionOf(type) !== null && { description: descriptionOf(type)! }),
    contentType: "application/json",
    correlationId: correlationReference,
    headers,
    payload: schemaReference(type.identifier),
    ...(example && { examples: [{ headers: example.headers, payload: example.payload }] })
  }
})

/** All messages by name: events, what automations send, and commands with their replies. */
export const messagesOf = (board: Board.Any, examples: ReadonlyMap<string, EventExample>): object => {
  const sent = messageExamples(board)
  return Object.assign(
    {},
    ...Board.events(board).map((event) =>
      messageOf(event, headersOfEvent(board, event), examples.get(event.identifier))
    ),
    ...Board.messages(board).map((message) =>
      messageOf(message, headersOfMessage(board, message), sent.get(message.identifier))
    ),
    commandMessages(board)
  )
}
