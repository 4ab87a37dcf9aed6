import { JetStreamApiError, type ConsumerConfig, type JetStreamManager } from "@nats-io/jetstream"
import { headers, type Msg, type NatsConnection, type Status } from "@nats-io/transport-node"
import { Effect, Queue, Stream } from "effect"

/** A request for messages. */
export interface Asked {
  readonly batch: number
  readonly id?: string
  /** Where its status goes. */
  readonly to: string
}

/** What a server without a network is asked for, and what it is made to say: as a follower sees it. */
export const deliverer = Effect.fnUntraced(function* (exists = true) {
  const asked = yield* Queue.unbounded<Asked>()
  const links = yield* Queue.unbounded<Status>()
  let hear: (message: Msg) => void = () => {}
  let isSubscribed = false
  let beforePong = () => {}
  let position = 10
  let nth = 0
  const nats = {
    subscribe: (_: string, { callback }: { callback: (error: null, message: Msg) => void }) => {
      hear = (message) => callback(null, message)
      isSubscribed = true
      return { unsubscribe: () => (isSubscribed = false) }
    },
    publish: (_: string, request: string, { reply }: { reply: string }) =>
      void Queue.offerUnsafe(asked, { ...JSON.parse(request), to: reply }),
    status: () => Stream.toAsyncIterable(Stream.fromQueue(links)),
    flush: async () => beforePong()
  } as unknown as NatsConnection
  const info = () =>
    exists
      ? Promise.resolve({})
      : Promise.reject(new JetStreamApiError({ code: 404, err_code: 10014, description: "consumer not found" }))
  const add = async (_: string, { opt_start_seq = 1 }: Partial<ConsumerConfig>) => {
    position = opt_start_seq - 1
    nth = 0
    return { name: "follower", num_pending: 0 }
  }
  const said = (subject: string, code: number, more: Readonly<Record<string, string>>, reply?: string) => {
    const all = headers(code, code > 0 ? "as it is" : "")
    for (const [name, value] of Object.entries(more)) all.set(name, value)
    hear({ subject, reply, headers: all } as Msg)
  }
  return {
    nats,
    manager: { consumers: { info, add, delete: async () => true } } as unknown as JetStreamManager,
    asked: Queue.take(asked),
    /** What it was asked for and nobody looked at. */
    unseen: Queue.size(asked),
    isSubscribed: () => isSubscribed,
    /** What it says to a request the next time that it answers a ping, before that answer. */
    saysBeforePong: ({ to }: Asked, code: number) =>
      Effect.sync(() => {
        beforePong = () => {
          beforePong = () => {}
          said(to, code, {})
        }
      }),
    reconnect: Queue.offer(links, { type: "reconnect" } as Status),
    deliver: (subject: string, pin = "ours") =>
      Effect.sync(() => {
        const told = `1.${++position}.${++nth}.1700000000123000000.7`
        said(subject, 0, { "Nats-Pin-Id": pin }, `$JS.ACK.log.follower.${told}`)
      }),
    /** The next message was delivered, and did not come. */
    lose: Effect.sync(() => {
      position++
      nth++
    }),
    says: ({ to }: Asked, code: number, left?: number) =>
      Effect.sync(() => said(to, code, left === undefined ? {} : { "Nats-Pending-Messages": String(left) }))
  }
})
