import { Effect, Predicate, Schedule } from "effect"
import type { Observations } from "#layers/services/Observer.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { requestTimeoutMillis } from "#layers/timing/requestTimeout.ts"
import { upToElapsed } from "#layers/timing/upToElapsed.ts"
import type { commandAttempts } from "./commandAttempts.ts"
import type { PreparedCommand } from "./commandPreparer.ts"
import { type CommandContext, StreamContended } from "./Commands.ts"
import type { CommandInvocation } from "./decider.ts"
import type { QueuedStates } from "./QueuedStates.ts"
import { millisLeft, unavailableRetryPolicy, withinRequestTime } from "./requestTime.ts"
import type { StateCache } from "./StateCache.ts"
import { streamQueue } from "./streamQueue.ts"

const conflictRetryPolicy = Schedule.exponential("5 millis", 1.6).pipe(Schedule.jittered, Schedule.upTo({ times: 9 }))
const inFlightRetryPolicy = Schedule.spaced("2 millis").pipe(Schedule.jittered, upToElapsed("3 seconds"))
const isInFlight = (error: { readonly _tag: string; readonly isInFlight?: boolean }) => error.isInFlight === true

/** The least time for an attempt: a command that waited in the queue and has less time left fails before it. */
const minAttemptMillis = 250

/** The longest wait in the queue after which an attempt from the cache, which has no timeout, still fits. */
const maxQueueWaitMillis = 3_000

interface TurnDependencies extends ReturnType<typeof commandAttempts> {
  readonly cache: StateCache
  readonly queued: QueuedStates
  readonly observer: Pick<Observations, "onConflict" | "onRetry">
}

const boundaryOf = (streamId: string) => streamId.slice(0, streamId.indexOf("/"))

/** Where an attempt may take states from: the cache where that is possible, or only the log. */
type Source = "cache" | "log"

/** One attempt to decide a command, in its turn. */
const attemptInTurn = ({ attemptFromCache, cache, loadAndDecide, queued }: TurnDependencies) =>
  Effect.fnUntraced(function* (
    invocation: CommandInvocation,
    { after, commandId }: CommandContext,
    startedAt: number,
    source: Source,
    leaveQueue: () => void
  ) {
    const { expected, first, guarded, trusted } = invocation.streams
    const now = yield* monotonicMillis
    if (source === "cache" && now - startedAt > requestTimeoutMillis - minAttemptMillis)
      return yield* new StreamContended({ streamId: first })
    const minPosition = (streamId: string) => (after?.streamId === streamId ? after.position : 0)
    for (const { text } of trusted) if (cache.positionOf(text) < minPosition(text)) cache.doubt(text)
    const mayHaveRun = (streamId: string) =>
      commandId !== undefined && (cache.mightContain(streamId, commandId) || queued.mightContain(streamId, commandId))
    const mayUseCache =
      source === "cache" &&
      !guarded.some(mayHaveRun) &&
      expected.every(({ text }) => cache.positionOf(text) >= minPosition(text)) &&
      now - startedAt < maxQueueWaitMillis
    const cached = mayUseCache ? yield* attemptFromCache(invocation, now, minPosition, leaveQueue) : undefined
    return cached ?? (yield* withinRequestTime(startedAt)(loadAndDecide(invocation, minPosition, leaveQueue)))
  })

/**
 * Decides commands, each while no other one of this process is decided on the event streams that it guards or checks.
 * `startedAt` is when the command came. An attempt that fails waits for its next turn like any other command.
 */
export const commandTurns = (dependencies: TurnDependencies) => {
  const queue = streamQueue()
  const attempt = attemptInTurn(dependencies)
  const { observer } = dependencies

  return ({ invocation, streams }: PreparedCommand, context: CommandContext, startedAt: number) => {
    const takeTurn = (source: Source) =>
      Effect.flatMap(millisLeft(startedAt), (millis) =>
        queue.withTurn(
          streams.expected,
          (leaveQueue) => Effect.flatMap(invocation, (each) => attempt(each, context, startedAt, source, leaveQueue)),
          millis,
          () => new StreamContended({ streamId: streams.first })
        )
      )

    // It was not stored, so its command id need not be looked for; the command of the append that failed reads the log.
    const decide = (source: Source): ReturnType<typeof takeTurn> =>
      Effect.catchTag(takeTurn(source), "PrecedingAppendFailed", () =>
        Effect.andThen(dependencies.queued.settled(streams.expected), decide(source))
      )

    const observeConflict = (error: { readonly _tag: string; readonly streamId?: string }) => {
      if (error._tag === "VersionConflict" && !isInFlight(error)) observer.onConflict(boundaryOf(error.streamId!))
    }

    const decideAgain = Effect.suspend(() => {
      observer.onRetry(boundaryOf(streams.first))
      // A write that is just being stored is waited for: it is no lost race.
      return Effect.retry(decide("log"), { schedule: inFlightRetryPolicy, while: isInFlight })
    })

    const decideOnLog = (failure: { readonly _tag: string }) => {
      observeConflict(failure)
      return decideAgain.pipe(
        Effect.tapError((error) => Effect.sync(() => observeConflict(error))),
        Effect.retry({ schedule: conflictRetryPolicy, while: Predicate.isTagged("VersionConflict") }),
        Effect.catchTag("VersionConflict", ({ streamId }) => Effect.fail(new StreamContended({ streamId }))),
        Effect.retry({ schedule: unavailableRetryPolicy, while: Predicate.isTagged("LogUnavailable") }),
        withinRequestTime(startedAt)
      )
    }
    return Effect.catchTag(
      decide("cache"),
      ["VersionConflict", "DuplicateCommand", "LogUnavailable", "MessageTooLarge"],
      decideOnLog
    )
  }
}
