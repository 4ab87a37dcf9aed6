import type { JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Clock, Effect, Queue, Stream } from "effect"
import type { Delivery } from "#layers/nats/messages/Delivery.ts"
import { isMissing } from "#layers/nats/provision/provision.ts"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import { toLogUnavailable } from "./consumeErrors.ts"
import { type PullOptions, PullRequests } from "./PullRequests.ts"

/**
 * Delay before checking whether a consumer without a responder still exists: it may be new, or be moving to another
 * node.
 */
const recheckDelay = "50 millis"

/** What happens after a reconnect, and when the scope closes. */
export interface PullLifecycle {
  readonly onReconnect: "go on" | "give up"
  /**
   * Runs after the last delivery. `undelivered` were received and not taken from the queue; `isPinned` if this process
   * was pinned.
   */
  readonly onClose: (undelivered: ReadonlyArray<Delivery>, isPinned: boolean) => Effect.Effect<unknown>
}

/** Checks at intervals that messages or heartbeats arrive; repeats the pull request, and fails after `idleTimeoutMillis`. */
const monitorIdle = (
  nats: NatsConnection,
  requests: PullRequests,
  { idleHeartbeatMillis, idleTimeoutMillis }: PullOptions
) => {
  /** Heartbeats may have arrived and wait to be read behind much else; once the pong is read, they have been read. */
  const failIfIdle = Effect.ignore(Effect.tryPromise(() => nats.flush())).pipe(
    Effect.andThen(
      Effect.sync(
        () => !requests.hasReceived && requests.fail(`the consumer was silent for ${idleTimeoutMillis / 1000} s`)
      )
    )
  )
  // Checks are counted, not seconds: after the event loop was blocked, what has arrived is read before the next check.
  let idleChecks = 0
  return Effect.suspend(() => {
    idleChecks = requests.takeReceived() ? 0 : idleChecks + 1
    if (idleChecks * idleHeartbeatMillis > idleTimeoutMillis) return failIfIdle
    if (idleChecks >= 3) requests.repull()
    else requests.keepPinned()
    return Effect.void
  }).pipe(Effect.delay(idleHeartbeatMillis), Effect.forever)
}

/**
 * Receives the deliveries of a pull consumer. Fails when the consumer is gone, or silent for too long; while it has no
 * responder, the pull request is repeated.
 *
 * Not the client's own `consume`: it requests more as soon as a message arrives, however many are buffered already, so
 * that the memory of a slow process fills up; and for a pinned consumer it parses all headers of each message.
 */
export const makePullConsumer = Effect.fnUntraced(function* (
  nats: NatsConnection,
  manager: JetStreamManager,
  options: PullOptions,
  { onReconnect, onClose }: PullLifecycle
) {
  const queue = yield* Queue.make<Delivery, LogUnavailable>()
  const noResponderSignals = yield* Queue.sliding<void>(1)
  const requests = new PullRequests(nats, options, queue, noResponderSignals, yield* Clock.Clock)

  yield* Effect.acquireRelease(
    Effect.sync(() => nats.subscribe(`${requests.inbox}.*`, { callback: (_, message) => requests.onMessage(message) })),
    (subscription) =>
      Effect.sync(() => subscription.unsubscribe()).pipe(
        Effect.andThen(Effect.orElseSucceed(Queue.clear(queue), () => [])),
        Effect.flatMap((undelivered) => onClose(undelivered, requests.isPinned))
      )
  )

  const verifyExists = Queue.take(noResponderSignals).pipe(
    Effect.andThen(Effect.sleep(recheckDelay)),
    Effect.andThen(
      Effect.tryPromise({
        try: () => manager.consumers.info(options.stream, options.consumer),
        catch: (error) => error
      })
    ),
    Effect.catch((error) => Effect.sync(() => isMissing(error) && requests.fail(error))),
    Effect.andThen(Effect.sync(() => requests.repull())),
    Effect.forever
  )

  const monitorLink = Stream.fromAsyncIterable(nats.status(), toLogUnavailable).pipe(
    Stream.runForEach(({ type }) =>
      Effect.sync(() => {
        if (type !== "reconnect") return
        if (onReconnect === "go on") requests.repull()
        else requests.fail("the connection was down")
      })
    )
  )

  yield* Effect.all([monitorIdle(nats, requests, options), verifyExists, monitorLink], {
    concurrency: "unbounded"
  }).pipe(
    Effect.catch(({ reason }) => Effect.sync(() => requests.fail(reason))),
    Effect.forkScoped
  )
  requests.pullMore()

  /** Waits for at least one delivery, and returns at most `maxBatchSize`. */
  return (maxBatchSize: number) =>
    Effect.tap(Queue.takeBetween(queue, 1, maxBatchSize), () => Effect.sync(() => requests.pullMore()))
})
