import { JetStreamApiError } from "@nats-io/jetstream"
import { Data, Duration, Effect } from "effect"
import { isPassing } from "#layers/nats/provision/provision.ts"
import { reasonOf } from "#layers/services/errorMessage.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { staleLeaderTimeout } from "#layers/timing/staleLeaderTimeout.ts"

/** Between two looks that shall be certain. */
export const pause = "250 millis"

/** A loss counts when it is there for so long: the server may still be reading its files. */
const certainAfter = (replicas: number) => Duration.toMillis(replicas > 1 ? staleLeaderTimeout : Duration.seconds(4))

/** A leader that has to say how the log stands did not. */
export class NotCompared extends Data.TaggedError("NotCompared")<{
  readonly reason: string
  readonly refused: boolean
}> {
  override get message() {
    return `Whether the log is whole cannot be found out: ${this.reason}`
  }
}

/** An answer that will be the same the next time. */
const isRefused = (error: unknown) => error instanceof JetStreamApiError && !isPassing(error)

export const asked = <A>(work: () => Promise<A>) =>
  Effect.tryPromise({
    try: work,
    catch: (error) => new NotCompared({ reason: reasonOf(error), refused: isRefused(error) })
  })

/** Looks until it is certain; a loss only counts if it is there for some seconds. */
export const settle = (look: Effect.Effect<ReadonlyArray<string>, NotCompared>, replicas: number) =>
  Effect.gen(function* () {
    const begin = yield* monotonicMillis
    for (;;) {
      const found = yield* look
      const isCertain = found.length === 0 || (yield* monotonicMillis) - begin >= certainAfter(replicas)
      if (isCertain) return found
      yield* Effect.sleep(pause)
    }
  })
