import type { Msg, MsgHdrs, Subscription, NatsConnection } from "@nats-io/transport-node"
import { Context, Effect, Layer, Schedule, Stream } from "effect"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { newInbox } from "./inboxes.ts"
import { Nats } from "./Nats.ts"
import { PendingRequests, RequestFailed, type ResponseHandler } from "./PendingRequests.ts"

export { RequestFailed }

const maxFlushTime = "5 seconds"

/**
 * Fails the requests that are due. An answer that is due may have arrived and wait to be read: in the socket, because the
 * event loop was blocked, or behind megabytes of other answers. Everything that the server sent before its pong has been
 * read once the pong is read; only then does a request count as unanswered. If the link is dead, all requests fail when it
 * is dropped.
 */
const failUnanswered = (nats: NatsConnection, pending: PendingRequests) =>
  Effect.suspend(() => {
    const due = pending.due()
    if (due.size === 0) return Effect.void
    return Effect.tryPromise(() => nats.flush()).pipe(
      // Requests fail after this time even without a pong: callers are promised an answer.
      Effect.timeoutOption(maxFlushTime),
      Effect.andThen(Effect.sync(() => pending.failUnanswered(due))),
      Effect.ignore
    )
  })

type Send = Requests["Service"]["send"]

/** Sends one request for one answer. */
const requestOne =
  (send: Send): Requests["Service"]["one"] =>
  (subject, payload, headers) =>
    Effect.callback((resume) =>
      send(subject, payload, headers, {
        onMessage: (message) => {
          resume(Effect.succeed(message))
          return true
        },
        onFailure: (error) => resume(Effect.fail(error))
      })
    )

/** Sends one request for each payload, and collects the answers to each. */
const requestMany =
  (send: Send): Requests["Service"]["many"] =>
  (subject, payloads, isLast) =>
    Effect.callback((resume) => {
      const answers = payloads.map((): Array<Msg> => [])
      let remaining = payloads.length
      const onFailure = (error: RequestFailed) => resume(Effect.fail(error))
      payloads.forEach((payload, n) => {
        const onMessage = (message: Msg) => {
          const done = isLast(message)
          if (!done) answers[n]!.push(message)
          else if (--remaining === 0) resume(Effect.succeed(answers))
          return done
        }
        send(subject, payload, undefined, { onMessage, onFailure })
      })
    })

/**
 * Requests over one subscription: the client's own `request` creates two Error objects with stack traces for each call,
 * and does not fail requests in flight when the link drops.
 */
export class Requests extends Context.Service<
  Requests,
  {
    /** Sends one message at once; `onFailure` is called if no answer arrives. */
    send(subject: string, payload: string, headers: MsgHdrs | undefined, handler: ResponseHandler): void
    /** One request, one answer. */
    one(subject: string, payload: string, headers?: MsgHdrs): Effect.Effect<Msg, RequestFailed>
    /** One request per payload, several answers to each; `isLast` detects the one that ends them, which is left out. */
    many(
      subject: string,
      payloads: ReadonlyArray<string>,
      isLast: (message: Msg) => boolean
    ): Effect.Effect<ReadonlyArray<ReadonlyArray<Msg>>, RequestFailed>
  }
>()("layers/nats/Requests") {
  static readonly layer = Layer.effect(
    Requests,
    Effect.gen(function* () {
      const nats = yield* Nats
      const inbox = newInbox(nats)
      const pending = new PendingRequests()
      let connected = true

      yield* Effect.acquireRelease(
        Effect.sync(() =>
          nats.subscribe(`${inbox}.*`, {
            callback: (_, message) => pending.receive(message.subject.slice(inbox.length + 1), message)
          })
        ),
        (subscription: Subscription) => Effect.sync(() => subscription.unsubscribe())
      )
      yield* Effect.forkScoped(Effect.repeat(failUnanswered(nats, pending), Schedule.spaced("250 millis")))
      yield* Stream.fromAsyncIterable(nats.status(), (error) => error).pipe(
        Stream.runForEach(({ type }) =>
          Effect.sync(() => {
            if (type === "disconnect" || type === "close") {
              connected = false
              pending.failAll("the connection dropped")
            } else if (type === "reconnect") connected = true
          })
        ),
        Effect.ignore,
        Effect.forkScoped
      )

      const send: Send = (subject, payload, headers, handler) => {
        if (!connected) return handler.onFailure(new RequestFailed({ subject, reason: "not connected" }))
        const token = pending.add(subject, handler)
        try {
          nats.publish(subject, payload, { reply: `${inbox}.${token}`, ...(headers && { headers }) })
        } catch (error) {
          pending.fail(token, errorMessage(error))
        }
      }

      return { send, one: requestOne(send), many: requestMany(send) }
    })
  )
}
