import { JetStreamApiError } from "@nats-io/jetstream"
import { Data, Duration, Effect } from "effect"
import { isTransientError } from "#layers/nats/provision/provision.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { staleLeaderTimeout } from "#layers/timing/staleLeaderTimeout.ts"

/** Between two looks that shall be certain. */
export const recheckInterval = "250 millis"

/** A loss counts when it is there for so long: the server may still be reading its files. */
const confirmationMillis = (replicas: number) =>
  Duration.toMillis(replicas > 1 ? staleLeaderTimeout : Duration.seconds(4))

/** A leader that has to say how the log stands did not. */
export class ComparisonFailed extends Data.TaggedError("ComparisonFailed")<{
  readonly reason: string
  readonly isPermanent: boolean
}> {
  override get message() {
    return `Whether the log is whole cannot be found out: ${this.reason}`
  }
}

/** An answer that will be the same the next time. */
const isPermanentError = (error: unknown) => error instanceof JetStreamApiError && !isTransientError(error)

export const attemptComparison = <A>(work: () => Promise<A>) =>
  Effect.tryPromise({
    try: work,
    catch: (error) => new ComparisonFailed({ reason: errorMessage(error), isPermanent: isPermanentError(error) })
  })

/** Looks until it is certain; a loss only counts if it is there for some seconds. */
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
