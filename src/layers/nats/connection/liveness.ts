import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Schedule, Stream } from "effect"
import { errorMessage } from "#layers/services/errorMessage.ts"

/** Between two looks; and how many of them without a byte received make the link dead: 3 s. */
const livenessCheckInterval = "500 millis"
const maxSilentChecks = 6

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
export const monitorLiveness = Effect.fnUntraced(function* (nats: NatsConnection) {
  let pongs = 0
  let isPinging = false
  let isUp = true
  let dropped: Socket | undefined
  let silentChecks = 0

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
  const receivedCounters = () => {
    const { inBytes, inMsgs } = nats.stats()
    return [socketOf(nats)?.bytesRead, inBytes, inMsgs, pongs].join()
  }

  let lastCounters = receivedCounters()
  const check = Effect.sync(() => {
    const now = receivedCounters()
    silentChecks = now === lastCounters ? silentChecks + 1 : 0
    lastCounters = now
    ping()
    if (!isUp || silentChecks < maxSilentChecks) return
    const socket = socketOf(nats)
    // The other end takes nothing any more, so the client could not write its last, and waits.
    if (socket !== undefined && socket === dropped) return socket.destroy()
    dropped = socket
    void nats.reconnect().catch(() => {})
  })

  const trackLink = Stream.fromAsyncIterable(nats.status(), errorMessage).pipe(
    Stream.runForEach(({ type }) =>
      Effect.sync(() => {
        if (type === "disconnect" || type === "close") isUp = false
        if (type !== "reconnect") return
        isUp = true
        silentChecks = 0
      })
    ),
    Effect.ignore
  )
  yield* Effect.forkScoped(trackLink)
  yield* Effect.forkScoped(Effect.repeat(check, Schedule.spaced(livenessCheckInterval)))
})
