import { Result } from "effect"
import { Board, Boundary, type Event, Lane, type Message, type Slice } from "#domain/model/index.ts"
import { examplesOf } from "#layers/blueprint/scenarioEntries.ts"
import { parseHeaders } from "#layers/codec/cloudEventAttributes.ts"
import { cloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import { eventCodec } from "#layers/codec/eventCodec.ts"
import { sentMessageEncoder } from "#layers/codec/sentMessages.ts"
import { deriveId, digest } from "#layers/services/Ids.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"

/** A message of an event that occurs in a scenario. */
export interface EventExample {
  readonly event: DomainEvent
  readonly headers: Readonly<Record<string, string>>
  readonly payload: unknown
}

export const exampleId = "8e03978e-40d5-43e8-bc93-6894a57f9324"
export const exampleCorrelationId = "trip-7"

const actorOf = (board: Board.Any, command: string): string => {
  const slices = board.slices.flatMap((slice) => {
    if (slice._tag === "Change") return [{ command: slice.command.name as string, actor: slice.by.actor }]
    return "issues" in slice ? [{ command: slice.issues.name as string, actor: slice.by }] : []
  })
  return slices.find((slice) => slice.command === command)?.actor.name ?? ""
}

/** The commands that append events of a type. */
export const commandsEmitting = (board: Board.Any, event: Event.Any): ReadonlyArray<string> =>
  Board.commands(board)
    .filter(({ emits }) => emits.includes(event))
    .map(({ name }) => name)

/** The automations that send messages of a type. */
export const automationsSending = (
  board: Board.Any,
  message: Message.Any
): ReadonlyArray<Slice.MessageAutomation<any, any>> =>
  Board.automations(board).flatMap((automation) =>
    "sends" in automation && automation.sends.includes(message) ? [automation] : []
  )

const exampleTime = "2022-12-01T10:00:00.000Z"

/** A message of each event type that occurs in a scenario of the board, as the app would publish it. */
export const eventExamples = (board: Board.Any): ReadonlyMap<string, EventExample> => {
  const payloads = examplesOf(board)
  const { encode } = cloudEventCodec(board)
  return new Map(
    board.lanes.flatMap((lane) =>
      Lane.eventTypes(lane).flatMap((type) => {
        const payload = payloads.get(type.identifier)
        if (payload === undefined) return []
        const event = Result.getOrThrow(eventCodec(board, type).decode(payload))
        const [command = ""] = commandsEmitting(board, type)
        const { headers } = encode({
          event,
          command,
          commandId: exampleId,
          commandHash: digest([command, payload]),
          actor: actorOf(board, command),
          correlationId: exampleCorrelationId,
          causationId: exampleId,
          time: exampleTime,
          id: deriveId(`${exampleId}/${type.identifier}`),
          subject: "",
          streamId: Boundary.format(Boundary.streamId(lane.boundary, event as never)),
          streamRevision: 1
        })
        return [[type.identifier, { event, payload, headers: Object.fromEntries(parseHeaders(headers)) }] as const]
      })
    )
  )
}

/** A message of each type that automations send and that occurs in a scenario, as the app would send it. */
export const messageExamples = (board: Board.Any): ReadonlyMap<string, Omit<EventExample, "event">> => {
  const payloads = examplesOf(board)
  const encode = sentMessageEncoder(board)
  return new Map(
    Board.messages(board).flatMap((type) => {
      const payload = payloads.get(type.identifier)
      const [automation] = automationsSending(board, type)
      if (payload === undefined || automation === undefined) return []
      const causationId = deriveId(exampleId)
      const { headers, id } = encode({
        id: deriveId(`${causationId}/${automation.name}/0`),
        message: Result.getOrThrow(eventCodec(board, type).decode(payload)),
        automation: automation.name,
        actor: automation.by.name,
        streamId: exampleStreamId(board, automation.when),
        time: exampleTime,
        correlationId: exampleCorrelationId,
        causationId
      })
      const allHeaders = { ...Object.fromEntries(parseHeaders(headers)), "Nats-Msg-Id": id }
      return [[type.identifier, { payload, headers: allHeaders }] as const]
    })
  )
}

/** The event stream of an example of one of these events. */
const exampleStreamId = (board: Board.Any, events: ReadonlyArray<Event.Any>): string => {
  const examples = eventExamples(board)
  const found = events.map(({ identifier }) => examples.get(identifier)).find((example) => example !== undefined)
  return found?.headers["ce-subject"] ?? ""
}
