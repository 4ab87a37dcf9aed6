import type { Socket } from "node:net"
import { Effect } from "effect"
import type { Connections } from "./Connections.ts"

/** What a server takes on from its clients. */
export interface Limits {
  /** Connections at once; more are closed as they come. */
  readonly maxConnections?: number | undefined
  /** Requests on one connection; then the client is told to open another. */
  readonly maxRequests?: number | undefined
  /** Seconds for which a client may take none of the bytes that wait for it. */
  readonly writeTimeout?: number | undefined
  /** Milliseconds in which a request has to arrive whole. */
  readonly requestTimeout?: number | undefined
}

export const usualLimits = { maxConnections: 2_000, maxRequests: 10_000, writeTimeout: 30, requestTimeout: 15_000 }

/** This share of the connections has to be free again before the next warning. */
const calm = 0.9

/**
 * Limits what clients can keep of a server by doing nothing: connections, and answers that they do not read. Reaching the
 * limit of connections is logged once, until it has gone down again.
 */
export const limited = (
  connections: Connections,
  { maxConnections = usualLimits.maxConnections, maxRequests, writeTimeout }: Limits
): Effect.Effect<void> =>
  Effect.map(Effect.context(), (context) => {
    const { server } = connections
    const log = Effect.runForkWith(context)
    server.maxConnections = maxConnections
    server.maxRequestsPerSocket = maxRequests ?? usualLimits.maxRequests
    let isTold = false
    server.on("drop", () => {
      if (isTold) return
      isTold = true
      const what = `${maxConnections} connections are open, so no more are accepted.`
      log(Effect.logWarning(`${what} If they are all of clients that are wanted, raise MAX_CONNECTIONS.`))
    })
    server.on("connection", (socket) => {
      socket.once("close", () =>
        server.getConnections((_, open) => {
          if (open < maxConnections * calm) isTold = false
        })
      )
    })
    // Any byte that the client takes begins this time anew; so does any that it sends, of which a busy one may send few.
    server.setTimeout((writeTimeout ?? usualLimits.writeTimeout) * 1_000, (socket: Socket) => {
      if (!connections.isBusy(socket) || socket.writableLength > 0) socket.destroy()
    })
  })
