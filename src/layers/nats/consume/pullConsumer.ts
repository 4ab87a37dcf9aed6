import type { JetStreamManager } from "@nats-io/jetstream"
import { createInbox, type Msg, nanos, type NatsConnection } from "@nats-io/transport-node"
import { Cause, Clock, Effect, Queue, Stream } from "effect"
import { Delivery } from "#layers/nats/messages/Delivery.ts"
import { headerText, statusOf, headerValue } from "#layers/nats/messages/messageHeaders.ts"
import { isMissing } from "#layers/nats/provision/provision.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { LogUnavailable } from "#layers/services/EventLog.ts"
import { monotonicMillisUnsafe } from "#layers/timing/monotonicMillis.ts"

/** The consumer does not exist any more: somebody deleted it, or replaced it. */
export class ConsumerDeleted extends Error {
  override readonly message = "the consumer was deleted"
}

/** Whether this is why deliveries ended. */
export const isConsumerDeleted = ({ cause }: LogUnavailable): boolean => cause instanceof ConsumerDeleted

export const toLogUnavailable = (error: unknown) => new LogUnavailable({ reason: errorMessage(error), cause: error })

/** What the server says where there is no message (ADR-13, ADR-37, ADR-42). */
const heartbeat = 100
const expired = 408
const conflict = 409
const wrongPin = 423
const noResponders = 503

/** Before a consumer is looked for for which nobody answers: it may be just made, or just moving. */
const recheckDelay = "50 millis"

export interface PullOptions {
  readonly stream: string
  readonly consumer: string
  /** The most messages that are on their way or wait here: who is slow is sent no more. */
  readonly maxMessages: number
  /** Milliseconds that one request for messages stays open; at least twice as many as there are between signs of life. */
  readonly expiresMillis: number
  /** Milliseconds between two signs of life of a server that has nothing to deliver. */
  readonly idleHeartbeatMillis: number
  /** Milliseconds without a sign of life after which it is given up. */
  readonly idleTimeoutMillis: number
  /** Of the processes that ask for this group, one is pinned: it gets all, for as long as it goes on asking. */
  readonly group?: string
}

/** What becomes of deliveries when the link was down, and when their scope closes. */
export interface PullLifecycle {
  readonly onReconnect: "go on" | "give up"
  /** After it nothing comes any more. `rest` came and was not taken; `isPinned` if this process had its turn. */
  readonly onClose: (undelivered: ReadonlyArray<Delivery>, isPinned: boolean) => Effect.Effect<unknown>
}

/**
 * What a pull consumer delivers, as it comes. Fails when the consumer is gone, or silent for too long; where nobody
 * answers for it at the moment, it is asked again.
 *
 * Not the client's own `consume`: it asks for more as soon as something comes, however much waits here already, so that
 * who is slow fills their memory; and of a pinned consumer it parses all headers of each message.
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
      // Its status comes under this subject, which says how many nobody will send any more.
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

  /** Signs of life may have come, and wait to be read behind much else; after the answer to a ping they have been read. */
  const failIfIdle = Effect.ignore(Effect.tryPromise(() => nats.flush())).pipe(
    Effect.andThen(Effect.sync(() => !hasReceived && fail(`the consumer was silent for ${idleTimeoutMillis / 1000} s`)))
  )

  /** Looks are counted, not seconds: when the event loop stood still, what has come is read before the next look. */
  const monitorIdle = Effect.suspend(() => {
    idleChecks = hasReceived ? 0 : idleChecks + 1
    hasReceived = false
    if (idleChecks * idleHeartbeatMillis > idleTimeoutMillis) return failIfIdle
    if (idleChecks >= 3) repull()
    // A turn lasts as long as somebody asks; who is busy asks for one more.
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

  /** At least one, and what came with it: so many at the most. */
  return (maxBatchSize: number) => Effect.tap(Queue.takeBetween(queue, 1, maxBatchSize), () => Effect.sync(pullMore))
})
