import { Effect } from "effect"
import { callerOf } from "#layers/http/checks/callerOf.ts"
import { tokenBuckets } from "#layers/http/checks/tokenBuckets.ts"
import { TooManyRejections } from "#layers/services/RejectionLimit.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"

/** The limit for each client and each event stream: so many at once, and so many more per minute. */
export const defaultRejectionsPerMinute = 600

/** Limits the audit entries of each client and each event stream: rejections, and commands with nothing to do. */
export const rejectionLimits = (perMinute: number) => {
  const callers = tokenBuckets(perMinute)
  const streams = tokenBuckets(perMinute)
  return (address: string) => {
    const caller = callerOf(address)
    return (stream: string): Effect.Effect<void, TooManyRejections> =>
      Effect.flatMap(monotonicMillis, (now) => {
        const callerWaitMillis = callers.waitMillis(caller, now)
        const streamWaitMillis = streams.waitMillis(stream, now)
        const waitMillis = Math.max(callerWaitMillis, streamWaitMillis)
        if (waitMillis > 0) {
          const of = callerWaitMillis >= streamWaitMillis ? "caller" : "event stream"
          return Effect.fail(new TooManyRejections({ scope: of, retryAfterSeconds: Math.ceil(waitMillis / 1_000) }))
        }
        callers.take(caller, now)
        streams.take(stream, now)
        return Effect.void
      })
  }
}
