import { Effect } from "effect"
import type { Connections } from "./Connections.ts"

/** Longer than any request takes: a command gives up before. */
const serverShutdownTimeout = "15 seconds"

/** Milliseconds after which a request that has not arrived whole is not waited for any more. */
const incompleteRequestTimeoutMillis = 1_000

/**
 * How a server ends: it accepts nothing more, answers every request that it has in whole, and ends once the last answer
 * is out. What hangs on it otherwise is cut off after a second, and everything after 15.
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
        // Behind what was answered, a request may have begun to come that nobody waits for any more.
        if (isLate) connections.destroyNotAnswering()
      })
    server.close(() => resume(Effect.void))
    return Effect.sync(() => clearTimeout(cutTimer))
  }).pipe(
    Effect.timeoutOrElse({ duration: serverShutdownTimeout, orElse: () => Effect.void }),
    Effect.ensuring(Effect.sync(() => server.closeAllConnections()))
  )
}
