import { Board, type Command, type Event, Lane, type Message, Name, type Slice, Upcast } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { automationSubscription, viewSubscription } from "#layers/processors/boardSubscriptions.ts"
import {
  commandChannelName,
  laneChannelOf,
  logChannelName,
  messageChannelName,
  replyChannelName,
  shapeName
} from "./channels.ts"
import { repliesTo } from "./commandMessages.ts"
import { referTo } from "./references.ts"

const messagesIn = (channel: string, names: ReadonlyArray<string>) =>
  names.map((name) => referTo("channels", channel, "messages", name))

const namesOf = (lane: Lane.Any, shapes: ReadonlyArray<Event.Any>) => shapes.map((shape) => shapeName(lane, shape))

/** The app appends events of a lane to the log, and the server copies them into the lane's stream. */
const sendOperations = (lane: Lane.Any) => {
  const { events, name, title } = lane
  const [inLog, inLane] = [logChannelName(lane), laneChannelOf(lane).name]
  return {
    [`append.${name}`]: {
      action: "send",
      channel: referTo("channels", inLog),
      title: `Commands append events of the lane ${title}`,
      messages: messagesIn(inLog, namesOf(lane, events))
    },
    [`publish.${name}`]: {
      action: "send",
      channel: referTo("channels", inLane),
      title: `The server publishes the lane ${title}`,
      messages: messagesIn(inLane, namesOf(lane, Lane.storedShapes(lane)))
    }
  }
}

interface Reader {
  readonly kind: "view" | "automation"
  readonly name: string
  readonly title: string
  readonly types: ReadonlyArray<Event.Any>
  readonly consumer: string
}

const readersOf = (board: Board.Any): ReadonlyArray<Reader> => [
  ...Board.views(board).map((view) => ({
    kind: "view" as const,
    name: view.shows.name as string,
    title: `The read model ${Name.toTitle(view.shows.name)} is kept up to date`,
    types: view.shows.reads,
    consumer: viewSubscription(board, view).name
  })),
  ...Board.automations(board).map((automation) => ({
    kind: "automation" as const,
    name: Name.kebab(automation.name),
    title: automation.title,
    types: automation.when,
    consumer: automationSubscription(board, automation).name
  }))
]

/** A view or an automation receives events through one consumer of the log: an operation for each lane it reads. */
const receiveOperations = (board: Board.Any, { consumer, kind, name, title, types }: Reader) => {
  const older = types.flatMap((type) => Upcast.olderOf(board, type)).map(({ shape }): Event.Any => shape)
  const received = new Set([...types, ...older])
  return Object.fromEntries(
    board.lanes.flatMap((lane) => {
      const read = Lane.storedShapes(lane).filter((shape) => received.has(shape))
      if (read.length === 0) return []
      const channel = logChannelName(lane)
      return [
        [
          `${kind}.${name}.${lane.name}`,
          {
            action: "receive",
            channel: referTo("channels", channel),
            title,
            messages: messagesIn(channel, namesOf(lane, read)),
            "x-jetstream": { stream: board.name, consumer }
          }
        ]
      ]
    })
  )
}

const commandOperation = (command: Command.Any, title: string) => {
  const [channel, reply] = [commandChannelName(command), replyChannelName(command)]
  return {
    [channel]: {
      action: "receive",
      channel: referTo("channels", channel),
      title,
      bindings: { nats: { queue: Subject.commandQueueGroup, bindingVersion: "0.1.0" } },
      reply: { channel: referTo("channels", reply), messages: messagesIn(reply, repliesTo(command)) }
    }
  }
}

/** An automation sends messages to other programs: an operation for each type. */
const messageOperations = ({ name, sends, title }: Slice.MessageAutomation<any, any>) =>
  Object.fromEntries(
    (sends as ReadonlyArray<Message.Any>).map((message) => {
      const channel = messageChannelName(message)
      return [
        `send.${Name.kebab(name)}.${message.identifier}`,
        {
          action: "send",
          channel: referTo("channels", channel),
          title,
          messages: messagesIn(channel, [message.identifier])
        }
      ]
    })
  )

/** What the app sends and receives, by name. */
export const operationsOf = (board: Board.Any): object =>
  Object.assign(
    {},
    ...board.lanes.map(sendOperations),
    ...readersOf(board).map((reader) => receiveOperations(board, reader)),
    ...Board.commandSlices(board).map(({ command, title }) => commandOperation(command, title)),
    ...Board.automations(board).map((automation) => ("sends" in automation ? messageOperations(automation) : {}))
  )
