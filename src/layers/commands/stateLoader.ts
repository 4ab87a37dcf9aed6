import { Effect } from "effect"
import { type Command, Projection } from "#domain/model/index.ts"
import type { EventLog, StreamHistory } from "#layers/services/EventLog.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { staleRead } from "./duplicateChecker.ts"
import type { readPlans, StreamRefs } from "./readPlans.ts"
import type { StateCache, StateKey } from "./StateCache.ts"
import type { UnguardedRead, UnguardedReads } from "./UnguardedReads.ts"

/** A command and its event streams. */
export interface LoadRequest {
  readonly command: Command.Any
  readonly streams: StreamRefs
}

export interface LoadDependencies {
  readonly log: EventLog["Service"]
  readonly cache: StateCache
  readonly unguardedReads: UnguardedReads
  readonly plans: ReturnType<typeof readPlans>
}

const eventsOf = (histories: ReadonlyArray<StreamHistory>) =>
  histories.flatMap(({ events }) => events.map(({ event }) => event))

/** Reads the states of commands from the log, and caches them. */
export const stateLoader = ({ cache, log, plans, unguardedReads }: LoadDependencies) => {
  /** Reads only the unguarded event streams: if they have not changed, the states on top of them are still valid. */
  const refreshUnguardedRead = ({ command, streams: { unguarded, readSpec } }: LoadRequest) =>
    Effect.gen(function* () {
      const now = yield* monotonicMillis
      const start = unguardedReads.start(now)
      const histories = yield* log.readAll(unguarded)
      if (histories.every(({ position }, n) => position >= unguardedReads.positionOf(readSpec!.streams[n]!))) {
        unguardedReads.put(readSpec!, histories, () => Projection.fold(command.state, eventsOf(histories)), start)
      }
      return now
    })

  /** Reads the event streams from the log and caches their states. Fails if the answer is older than what is known. */
  const load = Effect.fnUntraced(function* ({ command, streams }: LoadRequest, minPosition: number) {
    const { guarded, guardedId, unguarded, readSpec } = streams
    const minKnownPosition = Math.max(cache.positionOf(guardedId), minPosition)
    const start = unguardedReads.start(yield* monotonicMillis)
    const positions = readSpec?.streams.map((stream) => unguardedReads.positionOf(stream)) ?? []
    const [history, ...unguardedHistories] = yield* log.readAll([guarded, ...unguarded])
    if (history!.position < minKnownPosition || unguardedHistories.some(({ position }, n) => position < positions[n]!))
      return yield* staleRead()
    if (plans.isReadUnguarded(guarded)) unguardedReads.observe(guardedId, history!.position)
    const unguardedRead: UnguardedRead | undefined =
      readSpec &&
      unguardedReads.put(
        readSpec,
        unguardedHistories,
        () => Projection.fold(command.state, eventsOf(unguardedHistories)),
        start
      )
    const key: StateKey = unguardedRead ?? command.state
    const state: unknown = Projection.fold(command.state, eventsOf([history!]), unguardedRead?.state)
    cache.put(guardedId, history!, key, state)
    return { history: history!, key, state }
  })

  return { load, refreshUnguardedRead }
}
