import { Effect } from "effect"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import type { LogMessage, LogReader } from "#layers/services/LogReader.ts"
import { scanPageSize } from "./yieldToEventLoop.ts"

/**
 * Reads all messages after one position up to another, in pages. Returns the position that it reached, which is before
 * `upTo` if the log ends there.
 */
export const forEachLogPage = <E, R>(
  reader: LogReader["Service"],
  after: number,
  upTo: number,
  handlePage: (page: ReadonlyArray<LogMessage>) => Effect.Effect<void, E, R>,
  size = scanPageSize
): Effect.Effect<number, E | LogUnavailable, R> =>
  Effect.gen(function* () {
    let reached = after
    while (reached < upTo) {
      const page: ReadonlyArray<LogMessage> = yield* reader.readPage(reached, Math.min(upTo, reached + size))
      if (page.length === 0) break
      yield* handlePage(page)
      reached = page.at(-1)!.position
    }
    return reached
  })
