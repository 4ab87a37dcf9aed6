import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Schedule, Stream } from "effect"
import { reasonOf } from "../reasonOf.ts"

/** Between two looks; and how many of them without a byte received make the link dead: 3 s. */
const interval = "500 millis"
const maxSilentLooks = 6

/**
 * The bytes that the socket has received. The client does not say that in its public types; its statistics count messages
 * once they are complete, so a large one that is arriving would look like silence.
 */
const bytesRead = (nats: NatsConnection): number => {
  const { protocol } = nats as { protocol?: { transport?: { socket?: { bytesRead?: number } } } }
  return protocol?.transport?.socket?.bytesRead ?? 0
}

/**
 * Drops the link when nothing at all was received for 3 s, though the server is sent a ping with each look. The client's
 * own check takes a link for dead whose answer to a ping stands behind megabytes of others. Looks are counted, not
 * seconds: when the event loop stood still, the socket is read before the next look.
 */
export const liveness = Effect.fnUntraced(function* (nats: NatsConnection) {
  let pongs = 0
  let isPinging = false
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
    return [bytesRead(nats), inBytes, inMsgs, pongs].join()
  }

  let before = received()
  const look = Effect.sync(() => {
    const now = received()
    silentLooks = now === before ? silentLooks + 1 : 0
    before = now
    ping()
    if (silentLooks < maxSilentLooks || nats.isClosed()) return
    silentLooks = 0
    // Does nothing while it is not connected.
    void nats.reconnect().catch(() => {})
  })

  const links = Stream.fromAsyncIterable(nats.status(), reasonOf).pipe(
    Stream.runForEach(({ type }) => Effect.sync(() => type === "reconnect" && (silentLooks = 0))),
    Effect.ignore
  )
  yield* Effect.forkScoped(links)
  yield* Effect.forkScoped(Effect.repeat(look, Schedule.spaced(interval)))
})
