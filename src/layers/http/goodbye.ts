import { Effect } from "effect"
import type { IncomingMessage, Server } from "node:http"
import type { Socket } from "node:net"

/** Longer than any request takes: a command gives up before. */
const longest = "15 seconds"

/** Milliseconds after which a request that has not arrived whole is not waited for any more. */
const patience = 1_000

/**
 * How a server ends: it accepts nothing more, answers every request that it has in whole, and ends once the last answer
 * is out. What hangs on it otherwise is cut off after a second, and everything after 15.
 */
export const goodbye = (server: Server): Effect.Effect<void> => {
  const sockets = new Set<Socket>()
  const asked = new Map<Socket, IncomingMessage>()
  server.on("connection", (socket) => {
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
  })
  server.prependListener("request", (request, response) => {
    asked.set(request.socket, request)
    response.once("close", () => {
      asked.delete(request.socket)
      if (!server.listening) setImmediate(() => server.closeIdleConnections())
    })
  })
  return Effect.callback<void>((resume) => {
    const cut = setTimeout(() => {
      for (const socket of sockets) if (asked.get(socket)?.complete !== true) socket.destroy()
    }, patience)
    server.close(() => resume(Effect.void))
    return Effect.sync(() => clearTimeout(cut))
  }).pipe(
    Effect.timeoutOrElse({ duration: longest, orElse: () => Effect.void }),
    Effect.ensuring(Effect.sync(() => server.closeAllConnections()))
  )
}
