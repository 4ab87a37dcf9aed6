import type { JetStreamManager } from "@nats-io/jetstream"
import { createInbox, type Msg, nanos, type NatsConnection } from "@nats-io/transport-node"
import { Cause, Clock, Effect, Queue, Stream } from "effect"
import { Delivery } from "#layers/nats/messages/Delivery.ts"
import { headerText, statusOf, headerValue } from "#layers/nats/messages/messageHeaders.ts"
import { isMissing } from "#layers/nats/provision/provision.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { LogUnavailable } from "#layers/services/EventLog.ts"
import { monotonicMillisUnsafe } from "#layers/timing/monotonicMillis.ts"

/** The consumer no longer exists: it was deleted or replaced. */
export class ConsumerDeleted extends Error {
  override readonly message = "the consumer was deleted"
}

/** Whether deliveries ended because the consumer was deleted. */
export const isConsumerDeleted = ({ cause }: LogUnavailable): boolean => cause instanceof ConsumerDeleted

export const toLogUnavailable = (error: unknown) => new LogUnavailable({ reason: errorMessage(error), cause: error })

/** Status codes of messages that are not deliveries (ADR-13, ADR-37, ADR-42). */
const heartbeat = 100
const expired = 408
const conflict = 409
const wrongPin = 423
const noResponders = 503

/**
 * Delay before checking whether a consumer without a responder still exists: it may be new, or be moving to another
 * node.
 */
const recheckDelay = "50 millis"

export interface PullOptions {
  readonly stream: string
  readonly consumer: string
  /** Maximum messages in flight or buffered here: a slow process is sent no more. */
  readonly maxMessages: number
  /** Milliseconds until a pull request expires; at least twice `idleHeartbeatMillis`. */
  readonly expiresMillis: number
  /** Milliseconds between two heartbeats of a server that has nothing to deliver. */
  readonly idleHeartbeatMillis: number
  /** Milliseconds without a message or heartbeat after which pulling fails. */
  readonly idleTimeoutMillis: number
  /** Of the processes that pull for this group, one is pinned: it receives everything as long as it keeps pulling. */
  readonly group?: string
}

/** What happens after a reconnect, and when the scope closes. */
export interface PullLifecycle {
  readonly onReconnect: "go on" | "give up"
  /**
   * Runs after the last delivery. `undelivered` were received and not taken from the queue; `isPinned` if this process
   * was pinned.
   */
  readonly onClose: (undelivered: ReadonlyArray<Delivery>, isPinned: boolean) => Effect.Effect<unknown>
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
  { stream, consumer, maxMessages, expiresMillis, idleHeartbeatMillis, idleTimeoutMillis, group }: PullOptions,
  { onReconnect, onClose }: PullLifecycle
) {
  const queue = yield* Queue.make<Delivery, LogUnavailable>()
  const noResponderSignals = yield* Queue.sliding<void>(1)
  const clock = yield* Clock.Clock
  const inbox = createInbox()
  const replyToken = `.${stream}.${consumer}.`
  const api = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`
  const request = {
    expires: nanos(expiresMillis),
    idle_heartbeat: nanos(idleHeartbeatMillis),
    ...(group !== undefined && { group })
  }
  let requested = 0
  let pin = ""
  let hasReceived = false
  let idleChecks = 0
  let lastPullMillis = monotonicMillisUnsafe(clock)

  const fail = (error: unknown) => void Queue.failCauseUnsafe(queue, Cause.fail(toLogUnavailable(error)))

  const pull = (batch: number) => {
    requested += batch
    lastPullMillis = monotonicMillisUnsafe(clock)
    try {
      // A status arrives on this subject, whose last token then is the number of messages that will not be sent.
      nats.publish(api, JSON.stringify({ ...request, batch, ...(pin && { id: pin }) }), { reply: `${inbox}.${batch}` })
    } catch (error) {
      fail(error)
    }
  }

  const pullMore = () => {
    const capacity = maxMessages - requested - Queue.sizeUnsafe(queue)
    if (capacity >= maxMessages / 4) pull(capacity)
  }

  const repull = () => {
    requested = 0
    pullMore()
  }

  const onStatus = (status: number, message: Msg) => {
    const headers = headerText(message)
    const unsent = headerValue(headers, "Nats-Pending-Messages") || message.subject.slice(inbox.length + 1)
    switch (status) {
      case heartbeat:
        return
      case wrongPin:
      case expired:
        if (status === wrongPin) pin = ""
        requested = Math.max(0, requested - Number(unsent))
        return pullMore()
      case conflict:
      case noResponders:
        if (headers.includes("Consumer Deleted")) return fail(new ConsumerDeleted())
        return void Queue.offerUnsafe(noResponderSignals, undefined)
      default:
        return fail(headers.slice("NATS/1.0 ".length, headers.indexOf("\r\n")))
    }
  }

  const onMessage = (message: Msg) => {
    const status = message.subject.startsWith(inbox) ? statusOf(message) : 0
    if (status !== noResponders) hasReceived = true
    if (status > 0) return onStatus(status, message)
    requested = Math.max(0, requested - 1)
    if (group !== undefined && !pin) pin = headerValue(headerText(message), "Nats-Pin-Id")
    Queue.offerUnsafe(queue, new Delivery(message, replyToken))
    pullMore()
  }

  yield* Effect.acquireRelease(
    Effect.sync(() => nats.subscribe(`${inbox}.*`, { callback: (_, message) => onMessage(message) })),
    (subscription) =>
      Effect.sync(() => subscription.unsubscribe()).pipe(
        Effect.andThen(Effect.orElseSucceed(Queue.clear(queue), () => [])),
        Effect.flatMap((undelivered) => onClose(undelivered, pin !== ""))
      )
  )

  /** Heartbeats may have arrived and wait to be read behind much else; once the pong is read, they have been read. */
  const failIfIdle = Effect.ignore(Effect.tryPromise(() => nats.flush())).pipe(
    Effect.andThen(Effect.sync(() => !hasReceived && fail(`the consumer was silent for ${idleTimeoutMillis / 1000} s`)))
  )

  /**
   * Checks are counted, not seconds: after the event loop was blocked, what has arrived is read before the next check.
   */
  const monitorIdle = Effect.suspend(() => {
    idleChecks = hasReceived ? 0 : idleChecks + 1
    hasReceived = false
    if (idleChecks * idleHeartbeatMillis > idleTimeoutMillis) return failIfIdle
    if (idleChecks >= 3) repull()
    // A process stays pinned only while it pulls; a busy one requests one more message.
    else if (pin && monotonicMillisUnsafe(clock) - lastPullMillis >= idleHeartbeatMillis) pull(1)
    return Effect.void
  }).pipe(Effect.delay(idleHeartbeatMillis), Effect.forever)

  const verifyExists = Queue.take(noResponderSignals).pipe(
    Effect.andThen(Effect.sleep(recheckDelay)),
    Effect.andThen(Effect.tryPromise({ try: () => manager.consumers.info(stream, consumer), catch: (error) => error })),
    Effect.catch((error) => Effect.sync(() => isMissing(error) && fail(error))),
    Effect.andThen(Effect.sync(repull)),
    Effect.forever
  )

  const monitorLink = Stream.fromAsyncIterable(nats.status(), toLogUnavailable).pipe(
    Stream.runForEach(({ type }) =>
      Effect.sync(() => {
        if (type !== "reconnect") return
        if (onReconnect === "go on") repull()
        else fail("the connection was down")
      })
    )
  )

  yield* Effect.all([monitorIdle, verifyExists, monitorLink], { concurrency: "unbounded" }).pipe(
    Effect.catch(({ reason }) => Effect.sync(() => fail(reason))),
    Effect.forkScoped
  )
  pullMore()

  /** Waits for at least one delivery, and returns at most `maxBatchSize`. */
  return (maxBatchSize: number) => Effect.tap(Queue.takeBetween(queue, 1, maxBatchSize), () => Effect.sync(pullMore))
})
