import type { ConsumerMessages, JsMsg } from "@nats-io/jetstream"
import { Cause, Effect, Queue } from "effect"
import { LogUnavailable } from "../EventLog.ts"

/** What went wrong, in the words of whoever threw it. */
export const says = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export const unavailable = (error: unknown) => new LogUnavailable({ reason: says(error), cause: error })

/** What a consumer delivers, as it comes; fails when the consumer is gone. `leave` is how it is left with the scope. */
export const deliveries = Effect.fnUntraced(function* (
  consume: (take: (message: JsMsg) => void) => Promise<ConsumerMessages>,
  leave: (messages: ConsumerMessages) => Effect.Effect<void>
) {
  const queue = yield* Queue.make<JsMsg, LogUnavailable>()
  const messages = yield* Effect.acquireRelease(
    Effect.tryPromise({
      try: () => consume((message) => void Queue.offerUnsafe(queue, message)),
      catch: unavailable
    }),
    leave
  )
  void messages.closed().then((error) => {
    Queue.failCauseUnsafe(queue, Cause.fail(unavailable(error ?? "the consumer was closed")))
  })
  return queue
})
