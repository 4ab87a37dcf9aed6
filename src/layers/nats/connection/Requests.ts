import { createInbox, type Msg, type MsgHdrs, type Subscription, type NatsConnection } from "@nats-io/transport-node"
import { Context, Data, Effect, Layer, Schedule, Stream } from "effect"
import { statusOf } from "#layers/nats/messages/messageHeaders.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { Nats } from "./Nats.ts"

/** No response: no responder, no answer in time, or the link dropped. Whether the request was received is unknown. */
export class RequestFailed extends Data.TaggedError("RequestFailed")<{
  readonly subject: string
  readonly reason: string
}> {}

interface ResponseHandler {
  /** Handles one message; returns true for the last one. */
  readonly onMessage: (message: Msg) => boolean
  readonly onFailure: (error: RequestFailed) => void
}

interface PendingRequest extends ResponseHandler {
  readonly subject: string
  /** By the monotonic clock, in ms. */
  deadlineMillis: number
}

const requestTimeoutMillis = 3_000
const noResponders = 503
const maxFlushTime = "5 seconds"

/**
 * Fails the requests that are due. An answer that is due may have arrived and wait to be read: in the socket, because the
 * event loop was blocked, or behind megabytes of other answers. Everything that the server sent before its pong has been
 * read once the pong is read; only then does a request count as unanswered. If the link is dead, all requests fail when it
 * is dropped.
 */
const makeSweep = (nats: NatsConnection, pending: Map<string, PendingRequest>) => {
  const failDue = (due: ReadonlyMap<string, number>) => {
    for (const [token, deadlineMillis] of due) {
      const request = pending.get(token)
      // A part of its answer has arrived meanwhile, which extends the deadline.
      if (request === undefined || request.deadlineMillis > deadlineMillis) continue
      pending.delete(token)
      request.onFailure(
        new RequestFailed({ subject: request.subject, reason: `no answer in ${requestTimeoutMillis / 1000} s` })
      )
    }
  }

  return Effect.suspend(() => {
    const now = performance.now()
    const due = new Map<string, number>()
    for (const [token, { deadlineMillis }] of pending) if (deadlineMillis <= now) due.set(token, deadlineMillis)
    if (due.size === 0) return Effect.void
    return Effect.tryPromise(() => nats.flush()).pipe(
      // Requests fail after this time even without a pong: callers are promised an answer.
      Effect.timeoutOption(maxFlushTime),
      Effect.andThen(Effect.sync(() => failDue(due))),
      Effect.ignore
    )
  })
}

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
      const inbox = createInbox()
      const pending = new Map<string, PendingRequest>()
      let requestCount = 0
      let connected = true

      const failAll = (reason: string) => {
        for (const { subject, onFailure } of pending.values()) onFailure(new RequestFailed({ subject, reason }))
        pending.clear()
      }

      yield* Effect.acquireRelease(
        Effect.sync(() =>
          nats.subscribe(`${inbox}.*`, {
            callback: (_, message) => {
              const token = message.subject.slice(inbox.length + 1)
              const request = pending.get(token)
              if (!request) return
              if (statusOf(message) === noResponders) {
                pending.delete(token)
                request.onFailure(new RequestFailed({ subject: request.subject, reason: "there is no responder" }))
              } else if (request.onMessage(message)) pending.delete(token)
              else request.deadlineMillis = performance.now() + requestTimeoutMillis
            }
          })
        ),
        (subscription: Subscription) => Effect.sync(() => subscription.unsubscribe())
      )
      yield* Effect.forkScoped(Effect.repeat(makeSweep(nats, pending), Schedule.spaced("250 millis")))
      yield* Stream.fromAsyncIterable(nats.status(), (error) => error).pipe(
        Stream.runForEach(({ type }) =>
          Effect.sync(() => {
            if (type === "disconnect" || type === "close") {
              connected = false
              failAll("the connection dropped")
            } else if (type === "reconnect") connected = true
          })
        ),
        Effect.ignore,
        Effect.forkScoped
      )

      const send = (
        subject: string,
        payload: string,
        headers: MsgHdrs | undefined,
        { onMessage, onFailure }: ResponseHandler
      ) => {
        if (!connected) return onFailure(new RequestFailed({ subject, reason: "not connected" }))
        const token = (requestCount++).toString(36)
        pending.set(token, { onMessage, onFailure, subject, deadlineMillis: performance.now() + requestTimeoutMillis })
        try {
          nats.publish(subject, payload, { reply: `${inbox}.${token}`, ...(headers && { headers }) })
        } catch (error) {
          pending.delete(token)
          onFailure(new RequestFailed({ subject, reason: errorMessage(error) }))
        }
      }

      return {
        send,
        one: (subject, payload, headers) =>
          Effect.callback<Msg, RequestFailed>((resume) =>
            send(subject, payload, headers, {
              onMessage: (message) => {
                resume(Effect.succeed(message))
                return true
              },
              onFailure: (error) => resume(Effect.fail(error))
            })
          ),
        many: (subject, payloads, isLast) =>
          Effect.callback((resume) => {
            const answers = payloads.map((): Array<Msg> => [])
            let remaining = payloads.length
            const fail = (error: RequestFailed) => resume(Effect.fail(error))
            payloads.forEach((payload, n) => {
              const onMessage = (message: Msg) => {
                const done = isLast(message)
                if (!done) answers[n]!.push(message)
                else if (--remaining === 0) resume(Effect.succeed(answers))
                return done
              }
              send(subject, payload, undefined, { onMessage, onFailure: fail })
            })
          })
      }
    })
  )
}
