import type { ConsumerMessages, JsMsg } from "@nats-io/jetstream"
import { Clock, Deferred, Effect, Queue, Schedule, Stream } from "effect"
import { LogUnavailable } from "../EventLog.ts"
import { growing } from "../growing.ts"
import { reasonOf } from "../reasonOf.ts"

export const unavailable = (error: unknown) => new LogUnavailable({ reason: reasonOf(error), cause: error })

/** Between one start and the next, while nobody answers for a consumer yet. */
const soon = growing("20 millis", "500 millis")

/**
 * What a consumer delivers, as it comes; fails when the consumer is gone, or when it was silent for `silence`
 * milliseconds: no message, and no heartbeat either. The client by itself would wait for ever where the node that hosted
 * the consumer died. A consumer just made on several nodes may have nobody to answer for it yet: as long as nothing has
 * come, it is begun anew. `leave` is how it is left, each time.
 */
export const deliveries = Effect.fnUntraced(function* (
  silence: number,
  consume: (take: (message: JsMsg) => void) => Promise<ConsumerMessages>,
  leave: (messages: ConsumerMessages) => Effect.Effect<void>
) {
  const queue = yield* Queue.make<JsMsg, LogUnavailable>()
  const clock = yield* Clock.Clock
  const begun = yield* Deferred.make<void, LogUnavailable>()
  let heard = clock.currentTimeMillisUnsafe()
  let delivered = false

  /** Ends where nobody is there to deliver, and nothing has come yet. */
  const attempt = Effect.gen(function* () {
    const messages = yield* Effect.acquireRelease(
      Effect.tryPromise({
        try: () =>
          consume((message) => {
            heard = clock.currentTimeMillisUnsafe()
            delivered = true
            Queue.offerUnsafe(queue, message)
          }),
        catch: unavailable
      }),
      leave
    )
    yield* Deferred.succeed(begun, undefined)
    const nobody = Stream.fromAsyncIterable(messages.status(), unavailable).pipe(
      Stream.tap(({ type }) =>
        Effect.sync(() => {
          if (type === "heartbeat") heard = clock.currentTimeMillisUnsafe()
        })
      ),
      Stream.takeUntil(({ type }) => type === "no_responders" && !delivered),
      Stream.runDrain
    )
    const closed = Effect.flatMap(
      Effect.promise(() => messages.closed()),
      (error) => Effect.fail(unavailable(error ?? "the consumer was closed"))
    )
    yield* Effect.raceFirst(nobody, closed)
  }).pipe(Effect.scoped)

  const watchdog = Effect.suspend(() =>
    clock.currentTimeMillisUnsafe() - heard > silence
      ? Effect.fail(unavailable(`the consumer was silent for ${silence / 1000} s`))
      : Effect.void
  ).pipe(Effect.repeat(Schedule.spaced(silence / 4)))

  const told = (part: Effect.Effect<unknown, LogUnavailable>) =>
    Effect.tapCause(part, (cause) => Effect.andThen(Deferred.failCause(begun, cause), Queue.failCause(queue, cause)))
  yield* Effect.forkScoped(Effect.raceFirst(told(Effect.repeat(attempt, soon)), told(watchdog)))
  yield* Deferred.await(begun)
  return queue
})
