import { JetStreamApiError } from "@nats-io/jetstream"
import { Data, Duration, Effect } from "effect"
import { isTransientError } from "#layers/nats/provision/provision.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { staleLeaderTimeout } from "#layers/timing/staleLeaderTimeout.ts"

/** Interval between two attempts or checks, until the result is certain. */
export const recheckInterval = "250 millis"

/** A loss is confirmed when it persists for this time: the server may still be reading its files. */
const confirmationMillis = (replicas: number) =>
  Duration.toMillis(replicas > 1 ? staleLeaderTimeout : Duration.seconds(4))

/** A leader did not report its state, so the log could not be compared. */
export class ComparisonFailed extends Data.TaggedError("ComparisonFailed")<{
  readonly reason: string
  readonly isPermanent: boolean
}> {
  override get message() {
    return `Whether the log is whole could not be checked: ${this.reason}`
  }
}

/** Whether a retry would get the same response. */
const isPermanentError = (error: unknown) => error instanceof JetStreamApiError && !isTransientError(error)

export const attemptComparison = <A>(work: () => Promise<A>) =>
  Effect.tryPromise({
    try: work,
    catch: (error) => new ComparisonFailed({ reason: errorMessage(error), isPermanent: isPermanentError(error) })
  })

/** Repeats a check until its result is certain; findings are certain once they persist for some seconds. */
export const confirmFindings = (check: Effect.Effect<ReadonlyArray<string>, ComparisonFailed>, replicas: number) =>
  Effect.gen(function* () {
    const begin = yield* monotonicMillis
    for (;;) {
      const findings = yield* check
      const isCertain = findings.length === 0 || (yield* monotonicMillis) - begin >= confirmationMillis(replicas)
      if (isCertain) return findings
      yield* Effect.sleep(recheckInterval)
    }
  })
