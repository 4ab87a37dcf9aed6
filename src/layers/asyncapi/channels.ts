import { Board, type Command, Event, Key, Lane, type Message, Name } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { descriptionOf } from "#layers/contract/jsonSchema.ts"
import type { EventExample } from "./examples.ts"
import { referTo } from "./references.ts"

/** A channel whose messages a JetStream stream stores. */
interface StoredChannel {
  readonly name: string
  readonly stream: string
  /** The filter for all its subjects. */
  readonly filter: string
}

export const logChannelName = ({ name }: Lane.Any): string => `log.${name}`
const laneChannelName = ({ name }: Lane.Any): string => `lane.${name}`
export const commandChannelName = ({ name }: Command.Any): string => `command.${name}`
export const replyChannelName = ({ name }: Command.Any): string => `reply.${name}`

export const messageChannelName = ({ identifier }: Message.Any): string => `message.${identifier}`

/** The channel of a lane's events in the log. */
const logChannelOf = (board: Board.Any, lane: Lane.Any): StoredChannel => ({
  name: logChannelName(lane),
  stream: board.name,
  filter: Subject.laneFilter(board, lane)
})

/** The channel of the lane's own stream, into which the server copies the events. */
export const laneChannelOf = (lane: Lane.Any): StoredChannel => ({
  name: laneChannelName(lane),
  stream: lane.name,
  filter: Subject.publishedFilter(lane)
})

export const storedChannels = (board: Board.Any): ReadonlyArray<StoredChannel> =>
  board.lanes.flatMap((lane) => [logChannelOf(board, lane), laneChannelOf(lane)])

/** The parameter for the type of an event. A hyphen, so that no word of a key is named like it. */
const typeParameter = "event-type"

type KeyField = Parameters<typeof descriptionOf>[0] & { readonly fields?: Readonly<Record<string, unknown>> }

/** The words of a lane's key as parameters, each with the field of a message that has its value. */
const keyParameters = (lane: Lane.Any, examples: ReadonlyMap<string, EventExample>) => {
  const { boundary } = lane
  const example = Lane.eventTypes(lane)
    .map(({ identifier }) => examples.get(identifier))
    .find((example) => example !== undefined)
  const tokens = example && Key.tokens(boundary.key, example.event as never)
  return Object.fromEntries(
    Object.entries<KeyField>(boundary.key).map(([word, schema], n) => {
      const isEntity = schema.fields?.["id"] !== undefined
      return [
        word,
        {
          description: descriptionOf(schema) ?? `The ${isEntity ? `id of the ${word}` : word}.`,
          location: `$message.payload#/${word}${isEntity ? "/id" : ""}`,
          ...(tokens && { examples: [tokens[n]!] })
        }
      ]
    })
  )
}

/** The name of a message in the document: of an older shape with its version, since a later one may have the same name. */
export const shapeName = ({ older = [] }: Lane.Any, shape: Event.Any): string =>
  older.some((each) => each.shape === shape) ? `${shape.identifier}.${Event.version(shape)}` : shape.identifier

const typeTokens = (lane: Lane.Any) => [
  ...new Set(Lane.storedShapes(lane).map(({ identifier }) => Name.kebab(identifier)))
]

const messageReferences = (names: ReadonlyArray<string>) =>
  Object.fromEntries(names.map((name) => [name, referTo("components", "messages", name)]))

/** The words of a key as expressions in an address; the key of a boundary without words is `all`. */
const expressionsOf = ({ boundary }: Lane.Any): ReadonlyArray<string> => {
  const words = Object.keys(boundary.key).map((word) => `{${word}}`)
  return words.length === 0 ? ["all"] : words
}

const laneChannels = (board: Board.Any, lane: Lane.Any, examples: ReadonlyMap<string, EventExample>) => {
  const parameters = keyParameters(lane, examples)
  const words = expressionsOf(lane)
  const key = words.join("_")
  const messages = messageReferences(Lane.storedShapes(lane).map((shape) => shapeName(lane, shape)))
  const [inLog, inLane] = [logChannelOf(board, lane), laneChannelOf(lane)]
  return {
    [inLog.name]: {
      address: `${board.name}.${lane.boundary.name}.${lane.prefix}.${key}.{${typeParameter}}`,
      title: `${lane.title}: the log`,
      description: `The events of the lane ${lane.title} as commands append them, in the order of the log.`,
      messages,
      parameters: {
        ...parameters,
        [typeParameter]: {
          description: "The type of the event, in kebab case.",
          enum: typeTokens(lane)
        }
      },
      "x-jetstream": { stream: inLog.stream, filter: inLog.filter }
    },
    [inLane.name]: {
      address: [lane.prefix, ...words, key].join("."),
      title: `${lane.title}: the lane`,
      description:
        "The server copies each event here, for other teams. The subject ends with the whole key; the type of the event is " +
        "in the header ce-type.",
      messages,
      parameters,
      "x-jetstream": { stream: inLane.stream, filter: inLane.filter }
    }
  }
}

const commandChannels = (board: Board.Any, command: Command.Any, replies: ReadonlyArray<string>) => ({
  [commandChannelName(command)]: {
    address: Subject.commandSubject(board, command),
    title: `${Name.toTitle(command.name)}: the command`,
    description: "Requests: each is received by one process of the app.",
    messages: messageReferences([command.name, structuredName(command), plainName(command)])
  },
  [replyChannelName(command)]: {
    // Not known in advance: the requester chooses it.
    address: null,
    title: `${Name.toTitle(command.name)}: the reply`,
    description: "The reply subject of the request: with most clients an inbox.",
    messages: messageReferences(replies)
  }
})

/** The messages of a command as a CloudEvent in structured mode, and as plain JSON. */
export const structuredName = ({ name }: Command.Any): string => `${name}.structured`
export const plainName = ({ name }: Command.Any): string => `${name}.plain`

/** A channel for each message that automations send to other programs. */
const messageChannel = (board: Board.Any, message: Message.Any) => ({
  [messageChannelName(message)]: {
    address: Subject.messageSubject(board, message),
    title: `${Name.toTitle(message.identifier)}: the message`,
    description: "Core NATS: it reaches those who subscribe when it is sent. A repetition has the same ce-id.",
    messages: messageReferences([message.identifier])
  }
})

/** All channels by name: two of each lane, two of each command that an actor may send, one of each message of automations. */
export const channelsOf = (
  board: Board.Any,
  examples: ReadonlyMap<string, EventExample>,
  repliesTo: (command: Command.Any) => ReadonlyArray<string>
) =>
  Object.assign(
    {},
    ...board.lanes.map((lane) => laneChannels(board, lane, examples)),
    ...Board.commandSlices(board).map(({ command }) => commandChannels(board, command, repliesTo(command))),
    ...Board.messages(board).map((message) => messageChannel(board, message))
  ) as Readonly<Record<string, { readonly address: string | null }>>
