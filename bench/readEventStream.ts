import type { DirectStreamAPI } from "@nats-io/jetstream"

interface EventStreamRead {
  readonly seq: number
  readonly count: number
}

/**
 * Reads an event stream in one round trip with the plain client: its number of event types, and the position of the newest
 * event. With a callback, since the client's iterator leaves a subscription behind with each call.
 */
export const readEventStream = (direct: DirectStreamAPI, stream: string, filter: string): Promise<EventStreamRead> =>
  new Promise((resolve, reject) => {
    let seq = 0
    let count = 0
    direct
      .getLastMessagesFor(stream, {
        multi_last: [filter],
        callback: (done, message) => {
          if (done) return done.err ? reject(done.err) : resolve({ seq, count })
          seq = Math.max(seq, message.seq)
          count++
        }
      })
      .catch(reject)
  })
