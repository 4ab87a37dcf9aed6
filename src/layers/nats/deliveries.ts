import type { ConsumerMessages, JsMsg } from "@nats-io/jetstream"
import { Cause, Clock, Effect, Queue, Schedule, Stream } from "effect"
import { LogUnavailable } from "../EventLog.ts"

/** What went wrong, in the words of whoever threw it. */
export const says = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export const unavailable = (error: unknown) => new LogUnavailable({ reason: says(error), cause: error })

/**
 * What a consumer delivers, as it comes; fails when the consumer is gone, or when it was silent for `silence`
 * milliseconds: no message, and no heartbeat either. The client by itself would wait for ever where the node that hosted
 * the consumer died. `leave` is how it is left with the scope.
 */
export const deliveries = Effect.fnUntraced(function* (
  silence: number,
  consume: (take: (message: JsMsg) => void) => Promise<ConsumerMessages>,
  leave: (messages: ConsumerMessages) => Effect.Effect<void>
) {
  const queue = yield* Queue.make<JsMsg, LogUnavailable>()
  const clock = yield* Clock.Clock
  let heard = clock.currentTimeMillisUnsafe()
  let delivered = false
  const fail = (error: unknown) => void Queue.failCauseUnsafe(queue, Cause.fail(unavailable(error)))
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
  void messages.closed().then((error) => fail(error ?? "the consumer was closed"))

  yield* Stream.fromAsyncIterable(messages.status(), (error) => error).pipe(
    Stream.runForEach(({ type }) =>
      Effect.sync(() => {
        if (type === "heartbeat") heard = clock.currentTimeMillisUnsafe()
        // Nothing has come of it yet, so that beginning anew costs nothing; the client would wait for two heartbeats.
        if (type === "no_responders" && !delivered) fail("nobody is there to deliver")
      })
    ),
    Effect.ignore,
    Effect.forkScoped
  )
  yield* Effect.sync(() => {
    if (clock.currentTimeMillisUnsafe() - heard > silence) fail(`the consumer was silent for ${silence / 1000} s`)
  }).pipe(Effect.repeat(Schedule.spaced(silence / 4)), Effect.forkScoped)
  return queue
})
