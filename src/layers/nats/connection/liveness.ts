import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Schedule, Stream } from "effect"
import { reasonOf } from "#layers/services/errorMessage.ts"

/** Between two looks; and how many of them without a byte received make the link dead: 3 s. */
const interval = "500 millis"
const maxSilentLooks = 6

interface Socket {
  readonly bytesRead: number
  readonly destroy: () => void
}

/**
 * The socket of the connection, which the client has in no public type. Its statistics count messages once they are
 * complete, so a large one that is arriving would look like silence; and it closes a link only after it could write to it.
 */
const socketOf = (nats: NatsConnection): Socket | undefined =>
  (nats as { protocol?: { transport?: { socket?: Socket } } }).protocol?.transport?.socket

/**
 * Drops the link when nothing at all was received for 3 s, though the server is sent a ping with each look. The client's
 * own check takes a link for dead whose answer to a ping stands behind megabytes of others. Looks are counted, not
 * seconds: when the event loop stood still, the socket is read before the next look.
 */
export const liveness = Effect.fnUntraced(function* (nats: NatsConnection) {
  let pongs = 0
  let isPinging = false
  let isUp = true
  let dropped: Socket | undefined
  let silentLooks = 0

  const ping = () => {
    if (isPinging || nats.isClosed()) return
    isPinging = true
    void nats
      .flush()
      .then(
        () => pongs++,
        () => {}
      )
      .finally(() => (isPinging = false))
  }
  const received = () => {
    const { inBytes, inMsgs } = nats.stats()
    return [socketOf(nats)?.bytesRead, inBytes, inMsgs, pongs].join()
  }

  let before = received()
  const look = Effect.sync(() => {
    const now = received()
    silentLooks = now === before ? silentLooks + 1 : 0
    before = now
    ping()
    if (!isUp || silentLooks < maxSilentLooks) return
    const socket = socketOf(nats)
    // The other end takes nothing any more, so the client could not write its last, and waits.
    if (socket !== undefined && socket === dropped) return socket.destroy()
    dropped = socket
    void nats.reconnect().catch(() => {})
  })

  const links = Stream.fromAsyncIterable(nats.status(), reasonOf).pipe(
    Stream.runForEach(({ type }) =>
      Effect.sync(() => {
        if (type === "disconnect" || type === "close") isUp = false
        if (type !== "reconnect") return
        isUp = true
        silentLooks = 0
      })
    ),
    Effect.ignore
  )
  yield* Effect.forkScoped(links)
  yield* Effect.forkScoped(Effect.repeat(look, Schedule.spaced(interval)))
})
