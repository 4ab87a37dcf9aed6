import { Boundary } from "#domain/model/index.ts"
import { isUnreadable, type Read } from "#layers/services/EventLog.ts"
import type { Origin, Recorded } from "#layers/services/RecordedEvent.ts"
import { AcquireBook } from "#test/boards/libraryBoard.ts"

/** All that is recorded of a fact, as a plain object; a log may look things up only when they are asked for. */
export const whole = (read: Read): Recorded => {
  if (isUnreadable(read)) throw read
  return wholeOf(read)
}

const wholeOf = (recorded: Recorded): Recorded => ({
  position: recorded.position,
  id: recorded.id,
  subject: recorded.subject,
  place: recorded.place,
  index: recorded.index,
  fact: recorded.fact,
  command: recorded.command,
  commandId: recorded.commandId,
  commandHash: recorded.commandHash,
  actor: recorded.actor,
  correlationId: recorded.correlationId,
  causationId: recorded.causationId,
  time: recorded.time,
  traceparent: recorded.traceparent
})

let books = 0

/** A book nobody has used yet, so that tests can share one log. */
export const freshBook = () => ({ id: `book${(books++).toString(36)}x` })

export const placeOf = (book: { readonly id: string }) => Boundary.place(AcquireBook.guards, { book })

export const origin = (commandId: string): Origin => ({
  command: "AcquireBook",
  commandId,
  commandHash: `hash of ${commandId}`,
  actor: "Librarian",
  correlationId: "a correlation, with spaces and ünïcödé \u{1f4da}",
  causationId: commandId,
  time: "2022-12-12T10:00:00.000Z",
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
})
