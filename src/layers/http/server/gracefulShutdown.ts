import { Effect } from "effect"
import type { Connections } from "./Connections.ts"

/** Longer than any request runs: a command times out before. */
const serverShutdownTimeout = "15 seconds"

/** How long the shutdown waits for a request to arrive in full. */
const incompleteRequestTimeoutMillis = 1_000

/**
 * Shuts a server down: it accepts no more connections, answers every request that has arrived in full, and ends when
 * the last response is sent. Connections that wait for no response are closed after one second, all others after 15.
 */
export const gracefulShutdown = (connections: Connections): Effect.Effect<void> => {
  const { server } = connections
  return Effect.callback<void>((resume) => {
    let isLate = false
    const cutTimer = setTimeout(() => {
      isLate = true
      connections.destroyNotAnswering()
    }, incompleteRequestTimeoutMillis)
    connections.onResponseSent = () =>
      setImmediate(() => {
        server.closeIdleConnections()
        // Behind the answered request the next one may have begun to arrive; it is too late for that one.
        if (isLate) connections.destroyNotAnswering()
      })
    server.close(() => resume(Effect.void))
    return Effect.sync(() => clearTimeout(cutTimer))
  }).pipe(
    Effect.timeoutOrElse({ duration: serverShutdownTimeout, orElse: () => Effect.void }),
    Effect.ensuring(Effect.sync(() => server.closeAllConnections()))
  )
}
