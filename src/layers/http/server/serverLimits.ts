import type { Server } from "node:http"
import type { Socket } from "node:net"
import { Effect } from "effect"
import { addressCounts } from "#layers/http/checks/addressCounts.ts"
import { callerOf } from "#layers/http/checks/callerOf.ts"
import type { Connections } from "./Connections.ts"

/** Limits on what clients can use of a server. */
export interface ServerLimits {
  /** Connections at once; further ones are closed when they are opened. */
  readonly maxConnections?: number | undefined
  /** Connections of one address at once; further ones are closed when they are opened. Not limited by default. */
  readonly maxConnectionsPerAddress?: number | undefined
  /** Requests on one connection; after that the client has to open another. */
  readonly maxRequests?: number | undefined
  /** How long a client may read none of the bytes that wait for it. */
  readonly writeTimeoutSeconds?: number | undefined
  /** How long a request may take to arrive in full. */
  readonly requestTimeoutMillis?: number | undefined
}

export const defaultLimits = {
  maxConnections: 2_000,
  maxRequests: 10_000,
  writeTimeoutSeconds: 30,
  requestTimeoutMillis: 15_000
}

/** The next warning needs the open connections to fall below this share of the limit first. */
const warningResetShare = 0.9

/** Closes a connection at once if its address has as many as it may. */
const limitPerAddress = (server: Server, max: number): void => {
  const counts = addressCounts()
  server.on("connection", (socket) => {
    const address = callerOf(socket.remoteAddress ?? "")
    if (counts.of(address) >= max) return void socket.destroy()
    counts.add(address)
    socket.once("close", () => counts.remove(address))
  })
}

/**
 * Limits what idle clients can hold of a server: connections, and responses that they do not read. Reaching the limit
 * of connections is logged once, until the number has fallen again.
 */
export const applyLimits = (
  connections: Connections,
  {
    maxConnections = defaultLimits.maxConnections,
    maxConnectionsPerAddress,
    maxRequests,
    writeTimeoutSeconds
  }: ServerLimits
): Effect.Effect<void> =>
  Effect.map(Effect.context(), (context) => {
    const { server } = connections
    const log = Effect.runForkWith(context)
    server.maxConnections = maxConnections
    server.maxRequestsPerSocket = maxRequests ?? defaultLimits.maxRequests
    if (maxConnectionsPerAddress !== undefined) limitPerAddress(server, maxConnectionsPerAddress)
    let hasWarned = false
    server.on("drop", () => {
      if (hasWarned) return
      hasWarned = true
      const warning = `${maxConnections} connections are open, so no more are accepted.`
      log(Effect.logWarning(`${warning} If all of them are of legitimate clients, raise MAX_CONNECTIONS.`))
    })
    server.on("connection", (socket) => {
      socket.once("close", () =>
        server.getConnections((_, open) => {
          if (open < maxConnections * warningResetShare) hasWarned = false
        })
      )
    })
    // Each byte that the client reads or sends restarts this timeout; one that waits for a response may send none.
    server.setTimeout((writeTimeoutSeconds ?? defaultLimits.writeTimeoutSeconds) * 1_000, (socket: Socket) => {
      if (!connections.isBusy(socket) || socket.writableLength > 0) socket.destroy()
    })
  })
