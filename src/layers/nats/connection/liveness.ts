import type { NatsConnection } from "@nats-io/transport-node"
import { Duration, Effect, Schedule, Stream } from "effect"
import { errorMessage } from "#layers/services/errorMessage.ts"

const checkIntervalMillis = 500

/** How long a link may receive no byte before it counts as dead. */
export const defaultMaxSilence: Duration.Input = "3 seconds"

interface Socket {
  readonly bytesRead: number
  readonly destroy: () => void
}

/**
 * The socket of the connection, which the client's public types do not have. The client's statistics count messages
 * once they are complete, so a large one that is arriving would look like silence; and the client closes a link only
 * after it could write to it.
 */
const socketOf = (nats: NatsConnection): Socket | undefined =>
  (nats as { protocol?: { transport?: { socket?: Socket } } }).protocol?.transport?.socket

/**
 * Drops the link when no byte was received for `maxSilence`, although each check sends a ping. The client's own check
 * considers a link dead when a pong waits behind megabytes of other data. Checks are counted, not seconds: after the
 * event loop was blocked, the socket is read before the next check.
 */
export const monitorLiveness = Effect.fnUntraced(function* (nats: NatsConnection, maxSilence: Duration.Input) {
  const maxSilentChecks = Duration.toMillis(maxSilence) / checkIntervalMillis
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
    // The peer no longer reads, so the client cannot write its last bytes, and waits.
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
  yield* Effect.forkScoped(Effect.repeat(check, Schedule.spaced(checkIntervalMillis)))
})
