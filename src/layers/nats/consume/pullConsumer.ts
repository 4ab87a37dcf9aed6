import type { JetStreamManager } from "@nats-io/jetstream"
import { createInbox, type Msg, nanos, type NatsConnection } from "@nats-io/transport-node"
import { Cause, Clock, Effect, Queue, Stream } from "effect"
import { Delivery } from "#layers/nats/messages/Delivery.ts"
import { headerText, statusOf, valueIn } from "#layers/nats/messages/rawHeaders.ts"
import { isMissing } from "#layers/nats/provision/provision.ts"
import { reasonOf } from "#layers/services/errorMessage.ts"
import { LogUnavailable } from "#layers/services/EventLog.ts"
import { monotonicMillisUnsafe } from "#layers/timing/monotonicMillis.ts"

/** The consumer does not exist any more: somebody deleted it, or replaced it. */
export class ConsumerDeleted extends Error {
  override readonly message = "the consumer was deleted"
}

/** Whether this is why deliveries ended. */
export const isDeleted = ({ cause }: LogUnavailable): boolean => cause instanceof ConsumerDeleted

export const unavailable = (error: unknown) => new LogUnavailable({ reason: reasonOf(error), cause: error })

/** What the server says where there is no message (ADR-13, ADR-37, ADR-42). */
const heartbeat = 100
const expired = 408
const conflict = 409
const wrongPin = 423
const nobody = 503

/** Before a consumer is looked for for which nobody answers: it may be just made, or just moving. */
const soon = "50 millis"

export interface Asking {
  readonly stream: string
  readonly consumer: string
  /** The most messages that are on their way or wait here: who is slow is sent no more. */
  readonly ahead: number
  /** Milliseconds that one request for messages stays open; at least twice as many as there are between signs of life. */
  readonly open: number
  /** Milliseconds between two signs of life of a server that has nothing to deliver. */
  readonly life: number
  /** Milliseconds without a sign of life after which it is given up. */
  readonly silence: number
  /** Of the processes that ask for this group, one is pinned: it gets all, for as long as it goes on asking. */
  readonly group?: string
}

/** What becomes of deliveries when the link was down, and when their scope closes. */
export interface Ends {
  readonly onReconnect: "go on" | "give up"
  /** After it nothing comes any more. `rest` came and was not taken; `isPinned` if this process had its turn. */
  readonly leave: (rest: ReadonlyArray<Delivery>, isPinned: boolean) => Effect.Effect<unknown>
}

/**
 * What a pull consumer delivers, as it comes. Fails when the consumer is gone, or silent for too long; where nobody
 * answers for it at the moment, it is asked again.
 *
 * Not the client's own `consume`: it asks for more as soon as something comes, however much waits here already, so that
 * who is slow fills their memory; and of a pinned consumer it parses all headers of each message.
 */
export const deliveries = Effect.fnUntraced(function* (
  nats: NatsConnection,
  manager: JetStreamManager,
  { stream, consumer, ahead, open, life, silence, group }: Asking,
  { onReconnect, leave }: Ends
) {
  const queue = yield* Queue.make<Delivery, LogUnavailable>()
  const unanswered = yield* Queue.sliding<void>(1)
  const clock = yield* Clock.Clock
  const inbox = createInbox()
  const name = `.${stream}.${consumer}.`
  const api = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`
  const request = { expires: nanos(open), idle_heartbeat: nanos(life), ...(group !== undefined && { group }) }
  let asked = 0
  let pin = ""
  let hasHeard = false
  let quietLooks = 0
  let lastAsked = monotonicMillisUnsafe(clock)

  const giveUp = (error: unknown) => void Queue.failCauseUnsafe(queue, Cause.fail(unavailable(error)))

  const ask = (batch: number) => {
    asked += batch
    lastAsked = monotonicMillisUnsafe(clock)
    try {
      // Its status comes under this subject, which says how many nobody will send any more.
      nats.publish(api, JSON.stringify({ ...request, batch, ...(pin && { id: pin }) }), { reply: `${inbox}.${batch}` })
    } catch (error) {
      giveUp(error)
    }
  }

  const askForMore = () => {
    const room = ahead - asked - Queue.sizeUnsafe(queue)
    if (room >= ahead / 4) ask(room)
  }

  const askAnew = () => {
    asked = 0
    askForMore()
  }

  const hear = (status: number, message: Msg) => {
    const said = headerText(message)
    const left = valueIn(said, "Nats-Pending-Messages") || message.subject.slice(inbox.length + 1)
    switch (status) {
      case heartbeat:
        return
      case wrongPin:
      case expired:
        if (status === wrongPin) pin = ""
        asked = Math.max(0, asked - Number(left))
        return askForMore()
      case conflict:
      case nobody:
        if (said.includes("Consumer Deleted")) return giveUp(new ConsumerDeleted())
        return void Queue.offerUnsafe(unanswered, undefined)
      default:
        return giveUp(said.slice("NATS/1.0 ".length, said.indexOf("\r\n")))
    }
  }

  const take = (message: Msg) => {
    const status = message.subject.startsWith(inbox) ? statusOf(message) : 0
    if (status !== nobody) hasHeard = true
    if (status > 0) return hear(status, message)
    asked = Math.max(0, asked - 1)
    if (group !== undefined && !pin) pin = valueIn(headerText(message), "Nats-Pin-Id")
    Queue.offerUnsafe(queue, new Delivery(message, name))
    askForMore()
  }

  yield* Effect.acquireRelease(
    Effect.sync(() => nats.subscribe(`${inbox}.*`, { callback: (_, message) => take(message) })),
    (subscription) =>
      Effect.sync(() => subscription.unsubscribe()).pipe(
        Effect.andThen(Effect.orElseSucceed(Queue.clear(queue), () => [])),
        Effect.flatMap((rest) => leave(rest, pin !== ""))
      )
  )

  /** Signs of life may have come, and wait to be read behind much else; after the answer to a ping they have been read. */
  const giveUpIfSilent = Effect.ignore(Effect.tryPromise(() => nats.flush())).pipe(
    Effect.andThen(Effect.sync(() => !hasHeard && giveUp(`the consumer was silent for ${silence / 1000} s`)))
  )

  /** Looks are counted, not seconds: when the event loop stood still, what has come is read before the next look. */
  const watch = Effect.suspend(() => {
    quietLooks = hasHeard ? 0 : quietLooks + 1
    hasHeard = false
    if (quietLooks * life > silence) return giveUpIfSilent
    if (quietLooks >= 3) askAnew()
    // A turn lasts as long as somebody asks; who is busy asks for one more.
    else if (pin && monotonicMillisUnsafe(clock) - lastAsked >= life) ask(1)
    return Effect.void
  }).pipe(Effect.delay(life), Effect.forever)

  const look = Queue.take(unanswered).pipe(
    Effect.andThen(Effect.sleep(soon)),
    Effect.andThen(Effect.tryPromise({ try: () => manager.consumers.info(stream, consumer), catch: (error) => error })),
    Effect.catch((error) => Effect.sync(() => isMissing(error) && giveUp(error))),
    Effect.andThen(Effect.sync(askAnew)),
    Effect.forever
  )

  const links = Stream.fromAsyncIterable(nats.status(), unavailable).pipe(
    Stream.runForEach(({ type }) =>
      Effect.sync(() => {
        if (type !== "reconnect") return
        if (onReconnect === "go on") askAnew()
        else giveUp("the connection was down")
      })
    )
  )

  yield* Effect.all([watch, look, links], { concurrency: "unbounded" }).pipe(
    Effect.catch(({ reason }) => Effect.sync(() => giveUp(reason))),
    Effect.forkScoped
  )
  askForMore()

  /** At least one, and what came with it: so many at the most. */
  return (most: number) => Effect.tap(Queue.takeBetween(queue, 1, most), () => Effect.sync(askForMore))
})
