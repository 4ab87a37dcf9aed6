import { Board, Boundary, Lane } from "#domain/model/index.ts"
import type { ExpectedVersion } from "#layers/services/EventLog.ts"
import { deriveId } from "#layers/services/Ids.ts"
import type { DomainEvent, EventMetadata, StoredEvent } from "#layers/services/RecordedEvent.ts"
import * as Subject from "./Subject.ts"

/** The copy of an event, the `n`th of its command, in an event stream of a further boundary. */
export const copyOf = (
  board: Board.Any,
  lane: Lane.Any,
  original: StoredEvent,
  n: number,
  streamId: Boundary.StreamId,
  streamRevision: number
): StoredEvent => {
  const { commandId, event } = original
  return {
    command: original.command,
    commandId,
    commandHash: original.commandHash,
    actor: original.actor,
    authId: original.authId,
    correlationId: original.correlationId,
    causationId: original.causationId,
    time: original.time,
    traceparent: original.traceparent,
    event,
    id: deriveId(`${commandId}/${n}/${streamId.boundary}`),
    subject: Subject.copySubject(board, streamId, lane, event._tag),
    streamId: Boundary.format(streamId),
    streamRevision,
    copyOf: original.id
  }
}

/**
 * The messages of one append, as the log stores them: each event, followed by a copy for each further boundary of its lane.
 * So every event stream has the events in the order in which they were decided. Each counts in its own event stream, which
 * must be among the expected ones.
 */
export const storedEvents = (board: Board.Any) => {
  const lanes = Board.laneOf(board)

  return (
    expected: ReadonlyArray<ExpectedVersion>,
    events: ReadonlyArray<DomainEvent>,
    metadata: EventMetadata
  ): ReadonlyArray<StoredEvent> => {
    const counts = new Map(expected.map(({ streamId, version }) => [Boundary.format(streamId), version.count]))
    const nextRevision = (streamId: string) => {
      const revision = (counts.get(streamId) ?? 0) + 1
      counts.set(streamId, revision)
      return revision
    }
    const stored: Array<StoredEvent> = []
    for (const [n, event] of events.entries()) {
      const lane = lanes.get(event._tag)!
      const [own, ...further] = Lane.streamIds(lane, event)
      const id = deriveId(`${metadata.commandId}/${n}`)
      const streamId = Boundary.format(own!)
      const original: StoredEvent = {
        ...metadata,
        id,
        subject: Subject.eventSubject(board, own!, lane, event._tag),
        streamId,
        streamRevision: nextRevision(streamId),
        event
      }
      stored.push(original)
      for (const each of further)
        stored.push(copyOf(board, lane, original, n, each, nextRevision(Boundary.format(each))))
    }
    return stored
  }
}
