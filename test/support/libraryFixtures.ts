import { Boundary } from "#domain/model/index.ts"
import { isUndecodable, type LogEntry } from "#layers/services/EventLog.ts"
import type { EventMetadata, RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { BookBoundary } from "#test/boards/libraryBoard.ts"

/** A recorded event as a plain object, since the events of a log may decode their fields lazily. */
export const toPlainEvent = (read: LogEntry): RecordedEvent => {
  if (isUndecodable(read)) throw read
  return copyOfEvent(read)
}

const copyOfEvent = (recorded: RecordedEvent): RecordedEvent => ({
  position: recorded.position,
  id: recorded.id,
  subject: recorded.subject,
  streamId: recorded.streamId,
  streamRevision: recorded.streamRevision,
  event: recorded.event,
  command: recorded.command,
  commandId: recorded.commandId,
  commandHash: recorded.commandHash,
  actor: recorded.actor,
  authId: recorded.authId,
  correlationId: recorded.correlationId,
  causationId: recorded.causationId,
  time: recorded.time,
  traceparent: recorded.traceparent,
  ...(recorded.copyOf !== undefined && { copyOf: recorded.copyOf })
})

let books = 0

/** A new book, so that tests can share one log. */
export const freshBook = () => ({ id: `book${(books++).toString(36)}x` })

export const streamIdOf = (book: { readonly id: string }) => Boundary.streamId(BookBoundary, { book })

export const testMetadata = (commandId: string): EventMetadata => ({
  command: "AcquireBook",
  commandId,
  commandHash: `hash of ${commandId}`,
  actor: "Librarian",
  authId: "a subject|of any text, with ünïcödé",
  correlationId: "a correlation, with spaces and ünïcödé \u{1f4da}",
  causationId: commandId,
  time: "2022-12-12T10:00:00.000Z",
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
})
