import { Boundary } from "#domain/grammar/index.ts"
import type { Origin } from "#layers/Fact.ts"
import { AcquireBook } from "../library/board.ts"

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
