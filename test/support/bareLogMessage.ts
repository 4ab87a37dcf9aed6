import { Result } from "effect"
import { UndecodableEvent } from "#layers/services/EventLog.ts"
import type { LogMessage } from "#layers/services/LogReader.ts"

/** A minimal message of a log. */
export const bareLogMessage = (
  position: number,
  subject = "library.book.lending.moby.book-borrowed",
  attributes: Readonly<Record<string, string>> = {}
): LogMessage => ({
  position,
  subject,
  storedAt: position * 1_000,
  event: () => Result.fail(new UndecodableEvent({ subject, streamId: "book/moby", position, reason: "it is bare" })),
  attributes: () => attributes,
  data: () => ({})
})
