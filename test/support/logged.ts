import { Result } from "effect"
import { Unreadable } from "#layers/services/EventLog.ts"
import type { Logged } from "#layers/services/LogReader.ts"

/** A message of a log, as bare as can be. */
export const logged = (
  position: number,
  subject = "library.book.lending.moby.book-borrowed",
  attributes: Readonly<Record<string, string>> = {}
): Logged => ({
  position,
  subject,
  storedAt: position * 1_000,
  fact: () => Result.fail(new Unreadable({ subject, place: "book/moby", position, reason: "it is bare" })),
  attributes: () => attributes,
  data: () => ({})
})
