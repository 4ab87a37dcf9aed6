import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { Socket } from "node:net"

interface OpenConnection {
  /** Requests received and not answered yet. */
  readonly pendingRequests: Set<IncomingMessage>
  /** A request is about to be parsed on it: one whose upgrade is ignored. */
  isMarkedBusy: boolean
  /** Called once, when every pending request is answered. */
  whenIdle: () => void
}

const noop = () => {}

/** The open connections of a server, each with its requests that are not answered yet. */
export class Connections {
  readonly #connections = new Map<Socket, OpenConnection>()
  readonly server: Server
  /** Called whenever a request is answered, or its connection is gone. */
  onResponseSent: () => void = noop

  constructor(server: Server) {
    this.server = server
    server.on("connection", (socket) => {
      // The event is emitted a second time where an upgrade is ignored.
      if (this.#connections.has(socket)) return
      this.#connections.set(socket, { pendingRequests: new Set(), isMarkedBusy: false, whenIdle: noop })
      socket.once("close", () => this.#connections.delete(socket))
    })
    for (const event of ["request", "checkContinue"] as const) server.prependListener(event, this.#onRequest)
  }

  /** Whether the client waits for a response: a request has arrived in full and its response is not sent. */
  isAnswering(socket: Socket): boolean {
    const connection = this.#connections.get(socket)
    return (
      connection !== undefined &&
      (connection.isMarkedBusy || [...connection.pendingRequests].some(({ complete }) => complete))
    )
  }

  /** Whether any request on it is unanswered, including one that is still arriving. */
  isBusy(socket: Socket): boolean {
    const connection = this.#connections.get(socket)
    return connection !== undefined && (connection.isMarkedBusy || connection.pendingRequests.size > 0)
  }

  /** Counts the connection as busy until its next request arrives. */
  markBusy(socket: Socket): void {
    const connection = this.#connections.get(socket)
    if (connection) connection.isMarkedBusy = true
  }

  /** Calls back when every request on it is answered; at once if none is pending. */
  whenIdle(socket: Socket, callback: () => void): void {
    const connection = this.#connections.get(socket)
    if (!connection || connection.pendingRequests.size === 0) callback()
    else connection.whenIdle = callback
  }

  /** Closes the connections whose client waits for no response. */
  destroyNotAnswering(): void {
    for (const socket of this.#connections.keys()) if (!this.isAnswering(socket)) socket.destroy()
  }

  readonly #onRequest = (request: IncomingMessage, response: ServerResponse) => {
    const connection = this.#connections.get(request.socket)
    if (!connection) return
    connection.isMarkedBusy = false
    connection.pendingRequests.add(request)
    response.once("close", () => {
      connection.pendingRequests.delete(request)
      if (connection.pendingRequests.size === 0) {
        const { whenIdle } = connection
        connection.whenIdle = noop
        whenIdle()
      }
      this.onResponseSent()
    })
  }
}
