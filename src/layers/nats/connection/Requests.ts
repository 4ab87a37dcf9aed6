import { createInbox, type Msg, type MsgHdrs, type Subscription } from "@nats-io/transport-node"
import { Context, Data, Effect, Layer, Schedule, Stream } from "effect"
import { statusOf } from "#layers/nats/messages/rawHeaders.ts"
import { reasonOf } from "#layers/services/errorMessage.ts"
import { Nats } from "./Nats.ts"

/** Nobody answered: no responder, no answer in time, or the link dropped. Whether it was received is unknown. */
export class NoAnswer extends Data.TaggedError("NoAnswer")<{ readonly subject: string; readonly reason: string }> {}

interface Answered {
  /** Takes one message; true when it was the last one. */
  readonly take: (message: Msg) => boolean
  readonly fail: (error: NoAnswer) => void
}

interface Waiting extends Answered {
  readonly subject: string
  /** By the monotonic clock, in ms. */
  until: number
}

const patience = 3_000
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
    send(subject: string, payload: string, headers: MsgHdrs | undefined, answered: Answered): void
    /** One message out, one back. */
    one(subject: string, payload: string, headers?: MsgHdrs): Effect.Effect<Msg, NoAnswer>
    /** One message out for each payload, several back for each; `isLast` knows the one that ends them and is not kept. */
    many(
      subject: string,
      payloads: ReadonlyArray<string>,
      isLast: (message: Msg) => boolean
    ): Effect.Effect<ReadonlyArray<ReadonlyArray<Msg>>, NoAnswer>
  }
>()("layers/nats/Requests") {
  static readonly layer = Layer.effect(
    Requests,
    Effect.gen(function* () {
      const nats = yield* Nats
      const inbox = createInbox()
      const waiting = new Map<string, Waiting>()
      let last = 0
      let connected = true

      const failAll = (reason: string) => {
        for (const { subject, fail } of waiting.values()) fail(new NoAnswer({ subject, reason }))
        waiting.clear()
      }

      /** Those that are due, as far as their answers have not come. */
      const failDue = (due: ReadonlyMap<string, number>) => {
        for (const [token, until] of due) {
          const request = waiting.get(token)
          // Part of its answer came meanwhile.
          if (request === undefined || request.until > until) continue
          waiting.delete(token)
          request.fail(new NoAnswer({ subject: request.subject, reason: `no answer in ${patience / 1000} s` }))
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
        for (const [token, { until }] of waiting) if (until <= now) due.set(token, until)
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
              const request = waiting.get(token)
              if (!request) return
              if (statusOf(message) === noResponders) {
                waiting.delete(token)
                request.fail(new NoAnswer({ subject: request.subject, reason: "nobody is there to answer" }))
              } else if (request.take(message)) waiting.delete(token)
              else request.until = performance.now() + patience
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

      const send = (subject: string, payload: string, headers: MsgHdrs | undefined, { take, fail }: Answered) => {
        if (!connected) return fail(new NoAnswer({ subject, reason: "not connected" }))
        const token = (last++).toString(36)
        waiting.set(token, { take, fail, subject, until: performance.now() + patience })
        try {
          nats.publish(subject, payload, { reply: `${inbox}.${token}`, ...(headers && { headers }) })
        } catch (error) {
          waiting.delete(token)
          fail(new NoAnswer({ subject, reason: reasonOf(error) }))
        }
      }

      return {
        send,
        one: (subject, payload, headers) =>
          Effect.callback<Msg, NoAnswer>((resume) =>
            send(subject, payload, headers, {
              take: (message) => {
                resume(Effect.succeed(message))
                return true
              },
              fail: (error) => resume(Effect.fail(error))
            })
          ),
        many: (subject, payloads, isLast) =>
          Effect.callback((resume) => {
            const answers = payloads.map((): Array<Msg> => [])
            let open = payloads.length
            const fail = (error: NoAnswer) => resume(Effect.fail(error))
            payloads.forEach((payload, n) => {
              const take = (message: Msg) => {
                const done = isLast(message)
                if (!done) answers[n]!.push(message)
                else if (--open === 0) resume(Effect.succeed(answers))
                return done
              }
              send(subject, payload, undefined, { take, fail })
            })
          })
      }
    })
  )
}
