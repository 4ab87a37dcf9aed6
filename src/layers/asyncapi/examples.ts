import { Result } from "effect"
import { Board, Boundary, type Event } from "#domain/model/index.ts"
import { examplesOf } from "#layers/blueprint/scenarioEntries.ts"
import { parseHeaders } from "#layers/codec/cloudEventAttributes.ts"
import { cloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import { eventCodec } from "#layers/codec/eventCodec.ts"
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

/** The actor of a command: who sends it, or the automation that issues it. */
const actorOf = (board: Board.Any, command: string): string => {
  for (const slice of board.slices) {
    if (slice._tag === "Change" && slice.command.name === command) return slice.by.actor.name
    if (slice._tag === "Automation" && "issues" in slice && slice.issues.name === command) return slice.by.name
  }
  return ""
}

/** The commands that append events of a type. */
export const commandsEmitting = (board: Board.Any, event: Event.Any): ReadonlyArray<string> =>
  Board.commands(board)
    .filter(({ emits }) => emits.includes(event))
    .map(({ name }) => name)

/** A message of each event type that occurs in a scenario of the board, as the app would publish it. */
export const eventExamples = (board: Board.Any): ReadonlyMap<string, EventExample> => {
  const payloads = examplesOf(board)
  const { encode } = cloudEventCodec(board)
  return new Map(
    board.lanes.flatMap(({ boundary, events }) =>
      events.flatMap((type) => {
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
          time: "2022-12-01T10:00:00.000Z",
          id: deriveId(`${exampleId}/${type.identifier}`),
          subject: "",
          streamId: Boundary.format(Boundary.streamId(boundary, event as never)),
          streamRevision: 1
        })
        return [[type.identifier, { event, payload, headers: Object.fromEntries(parseHeaders(headers)) }] as const]
      })
    )
  )
}
