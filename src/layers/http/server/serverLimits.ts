import type { Socket } from "node:net"
import { Effect } from "effect"
import type { Connections } from "./Connections.ts"

/** What a server takes on from its clients. */
export interface ServerLimits {
  /** Connections at once; more are closed as they come. */
  readonly maxConnections?: number | undefined
  /** Requests on one connection; then the client is told to open another. */
  readonly maxRequests?: number | undefined
  /** Seconds for which a client may take none of the bytes that wait for it. */
  readonly writeTimeoutSeconds?: number | undefined
  /** Milliseconds in which a request has to arrive whole. */
  readonly requestTimeoutMillis?: number | undefined
}

export const defaultLimits = {
  maxConnections: 2_000,
  maxRequests: 10_000,
  writeTimeoutSeconds: 30,
  requestTimeoutMillis: 15_000
}

/** This share of the connections has to be free again before the next warning. */
const warningResetShare = 0.9

/**
 * Limits what clients can keep of a server by doing nothing: connections, and answers that they do not read. Reaching the
 * limit of connections is logged once, until it has gone down again.
 */
export const applyLimits = (
  connections: Connections,
  { maxConnections = defaultLimits.maxConnections, maxRequests, writeTimeoutSeconds }: ServerLimits
): Effect.Effect<void> =>
  Effect.map(Effect.context(), (context) => {
    const { server } = connections
    const log = Effect.runForkWith(context)
    server.maxConnections = maxConnections
    server.maxRequestsPerSocket = maxRequests ?? defaultLimits.maxRequests
    let hasWarned = false
    server.on("drop", () => {
      if (hasWarned) return
      hasWarned = true
      const warning = `${maxConnections} connections are open, so no more are accepted.`
      log(Effect.logWarning(`${warning} If they are all of clients that are wanted, raise MAX_CONNECTIONS.`))
    })
    server.on("connection", (socket) => {
      socket.once("close", () =>
        server.getConnections((_, open) => {
          if (open < maxConnections * warningResetShare) hasWarned = false
        })
      )
    })
    // Any byte that the client takes begins this time anew; so does any that it sends, of which a busy one may send few.
    server.setTimeout((writeTimeoutSeconds ?? defaultLimits.writeTimeoutSeconds) * 1_000, (socket: Socket) => {
      if (!connections.isBusy(socket) || socket.writableLength > 0) socket.destroy()
    })
  })
