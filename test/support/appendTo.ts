import type { Boundary } from "#domain/model/index.ts"
import type { EventLog, StreamVersion } from "#layers/services/EventLog.ts"
import type { DomainEvent, EventMetadata } from "#layers/services/RecordedEvent.ts"

/** Appends events to one event stream, if it still has this version. */
export const appendTo = (
  log: EventLog["Service"],
  streamId: Boundary.StreamId,
  version: StreamVersion,
  events: ReadonlyArray<DomainEvent>,
  metadata: EventMetadata
) => log.append([{ streamId, version }], events, metadata)
