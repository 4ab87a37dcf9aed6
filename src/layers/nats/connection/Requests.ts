import { createInbox, type Msg, type MsgHdrs, type Subscription } from "@nats-io/transport-node"
import { Context, Data, Effect, Layer, Schedule, Stream } from "effect"
import { statusOf } from "#layers/nats/messages/messageHeaders.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { Nats } from "./Nats.ts"

/** Nobody answered: no responder, no answer in time, or the link dropped. Whether it was received is unknown. */
export class RequestFailed extends Data.TaggedError("RequestFailed")<{
  readonly subject: string
  readonly reason: string
}> {}

interface ResponseHandler {
  /** Takes one message; true when it was the last one. */
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
 * Requests over one subscription: the client's own `request` makes two Error objects with stack traces for each call,
 * and leaves what is in flight waiting when the link drops.
 */
export class Requests extends Context.Service<
  Requests,
  {
    /** One message out now; `fail` is called if no answer comes. */
    send(subject: string, payload: string, headers: MsgHdrs | undefined, handler: ResponseHandler): void
    /** One message out, one back. */
    one(subject: string, payload: string, headers?: MsgHdrs): Effect.Effect<Msg, RequestFailed>
    /** One message out for each payload, several back for each; `isLast` knows the one that ends them and is not kept. */
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

      /** Those that are due, as far as their answers have not come. */
      const failDue = (due: ReadonlyMap<string, number>) => {
        for (const [token, deadlineMillis] of due) {
          const request = pending.get(token)
          // Part of its answer came meanwhile.
          if (request === undefined || request.deadlineMillis > deadlineMillis) continue
          pending.delete(token)
          request.onFailure(
            new RequestFailed({ subject: request.subject, reason: `no answer in ${requestTimeoutMillis / 1000} s` })
          )
        }
      }

      /**
       * An answer that is due may have come, and wait to be read: in the socket, since the event loop stood still, or behind
       * megabytes of other answers. What the server sent before it answers a ping has been read when that answer is; only
       * then a request has no answer. If the link is dead, all requests fail when it is dropped.
       */
      const sweep = Effect.suspend(() => {
        const now = performance.now()
        const due = new Map<string, number>()
        for (const [token, { deadlineMillis }] of pending) if (deadlineMillis <= now) due.set(token, deadlineMillis)
        if (due.size === 0) return Effect.void
        return Effect.tryPromise(() => nats.flush()).pipe(
          // Nobody waits for longer, whatever becomes of the ping: callers have been promised an answer.
          Effect.timeoutOption(maxFlushTime),
          Effect.andThen(Effect.sync(() => failDue(due))),
          Effect.ignore
        )
      })

      yield* Effect.acquireRelease(
        Effect.sync(() =>
          nats.subscribe(`${inbox}.*`, {
            callback: (_, message) => {
              const token = message.subject.slice(inbox.length + 1)
              const request = pending.get(token)
              if (!request) return
              if (statusOf(message) === noResponders) {
                pending.delete(token)
                request.onFailure(new RequestFailed({ subject: request.subject, reason: "nobody is there to answer" }))
              } else if (request.onMessage(message)) pending.delete(token)
              else request.deadlineMillis = performance.now() + requestTimeoutMillis
            }
          })
        ),
        (subscription: Subscription) => Effect.sync(() => subscription.unsubscribe())
      )
      yield* Effect.forkScoped(Effect.repeat(sweep, Schedule.spaced("250 millis")))
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
              const take = (message: Msg) => {
                const done = isLast(message)
                if (!done) answers[n]!.push(message)
                else if (--remaining === 0) resume(Effect.succeed(answers))
                return done
              }
              send(subject, payload, undefined, { onMessage: take, onFailure: fail })
            })
          })
      }
    })
  )
}
