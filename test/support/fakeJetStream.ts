import { JetStreamApiError, type ConsumerConfig, type JetStreamManager } from "@nats-io/jetstream"
import { headers, type Msg, type NatsConnection, type Status } from "@nats-io/transport-node"
import { Effect, Queue, Stream } from "effect"

/** A request for messages. */
export interface PullRequest {
  readonly batch: number
  readonly id?: string
  /** The subject for its messages and status. */
  readonly replySubject: string
}

/** A JetStream without a network for one consumer: records its requests, and sends the responses that a test chooses. */
export const fakeJetStream = Effect.fnUntraced(function* (exists = true) {
  const requests = yield* Queue.unbounded<PullRequest>()
  const statuses = yield* Queue.unbounded<Status>()
  let deliverMessage: (message: Msg) => void = () => {}
  let isSubscribed = false
  let beforePong = () => {}
  let position = 10
  let deliverySequence = 0
  const nats = {
    subscribe: (_: string, { callback }: { callback: (error: null, message: Msg) => void }) => {
      deliverMessage = (message) => callback(null, message)
      isSubscribed = true
      return { unsubscribe: () => (isSubscribed = false) }
    },
    publish: (_: string, request: string, { reply }: { reply: string }) =>
      void Queue.offerUnsafe(requests, { ...JSON.parse(request), replySubject: reply }),
    status: () => Stream.toAsyncIterable(Stream.fromQueue(statuses)),
    flush: async () => beforePong()
  } as unknown as NatsConnection
  const info = () =>
    exists
      ? Promise.resolve({})
      : Promise.reject(new JetStreamApiError({ code: 404, err_code: 10014, description: "consumer not found" }))
  const add = async (_: string, { opt_start_seq = 1 }: Partial<ConsumerConfig>) => {
    position = opt_start_seq - 1
    deliverySequence = 0
    return { name: "follower", num_pending: 0 }
  }
  const emitStatus = (subject: string, code: number, more: Readonly<Record<string, string>>, reply?: string) => {
    const all = headers(code, code > 0 ? "as it is" : "")
    for (const [name, value] of Object.entries(more)) all.set(name, value)
    deliverMessage({ subject, reply, headers: all } as Msg)
  }
  return {
    nats,
    manager: { consumers: { info, add, delete: async () => true } } as unknown as JetStreamManager,
    nextRequest: Queue.take(requests),
    /** The number of requests that `nextRequest` has not returned yet. */
    pendingRequests: Queue.size(requests),
    isSubscribed: () => isSubscribed,
    /** Sends a status for the request before it answers the next ping. */
    respondBeforePong: ({ replySubject }: PullRequest, code: number) =>
      Effect.sync(() => {
        beforePong = () => {
          beforePong = () => {}
          emitStatus(replySubject, code, {})
        }
      }),
    reconnect: Queue.offer(statuses, { type: "reconnect" } as Status),
    deliver: (subject: string, pin = "ours") =>
      Effect.sync(() => {
        const ackToken = `1.${++position}.${++deliverySequence}.1700000000123000000.7`
        emitStatus(subject, 0, { "Nats-Pin-Id": pin }, `$JS.ACK.log.follower.${ackToken}`)
      }),
    /** Loses the next message: it counts as delivered, but does not arrive. */
    lose: Effect.sync(() => {
      position++
      deliverySequence++
    }),
    respond: ({ replySubject }: PullRequest, code: number, pending?: number) =>
      Effect.sync(() =>
        emitStatus(replySubject, code, pending === undefined ? {} : { "Nats-Pending-Messages": String(pending) })
      )
  }
})
