import { Effect } from "effect"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import type { LogReader } from "#layers/services/LogReader.ts"

/**
 * The position of the last message that the log had stored at an instant, in milliseconds since 1970; 0 if it had none. Times in a
 * log never decrease, so it is found in as many reads of one message as the newest position has binary digits.
 */
export const positionAt = (
  { readPage }: Pick<LogReader["Service"], "readPage">,
  newest: number,
  instantMillis: number
): Effect.Effect<number, LogUnavailable> =>
  Effect.gen(function* () {
    let [stored, later] = [0, newest + 1]
    while (later - stored > 1) {
      const middle = Math.floor((stored + later) / 2)
      const [message] = yield* readPage(middle - 1, middle)
      // A position without a message was deleted by hand: what is before it decides.
      if (message === undefined || message.storedAt <= instantMillis) stored = middle
      else later = middle
    }
    return stored
  })
