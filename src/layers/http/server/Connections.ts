import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { Socket } from "node:net"

interface OpenConnection {
  /** Requests that came and are not answered yet. */
  readonly pendingRequests: Set<IncomingMessage>
  /** A request is known to be on its way, though it is none yet. */
  isMarkedBusy: boolean
  /** To be called once, when all that was asked is answered. */
  whenIdle: () => void
}

const noop = () => {}

/** The connections of a server, each with the requests that came on it and are not answered yet. */
export class Connections {
  readonly #connections = new Map<Socket, OpenConnection>()
  readonly server: Server
  /** Called once a request is answered, or its connection gone. */
  onResponseSent: () => void = noop

  constructor(server: Server) {
    this.server = server
    server.on("connection", (socket) => {
      // It comes a second time where an upgrade is ignored.
      if (this.#connections.has(socket)) return
      this.#connections.set(socket, { pendingRequests: new Set(), isMarkedBusy: false, whenIdle: noop })
      socket.once("close", () => this.#connections.delete(socket))
    })
    for (const event of ["request", "checkContinue"] as const) server.prependListener(event, this.#onRequest)
  }

  /** Whether it waits for an answer of ours: a request came in whole and its answer is not out. */
  isAnswering(socket: Socket): boolean {
    const connection = this.#connections.get(socket)
    return (
      connection !== undefined &&
      (connection.isMarkedBusy || [...connection.pendingRequests].some(({ complete }) => complete))
    )
  }

  /** Whether any request on it is not answered yet, also one that is still coming in. */
  isBusy(socket: Socket): boolean {
    const connection = this.#connections.get(socket)
    return connection !== undefined && (connection.isMarkedBusy || connection.pendingRequests.size > 0)
  }

  /** Takes it for busy until the next request comes on it. */
  markBusy(socket: Socket): void {
    const connection = this.#connections.get(socket)
    if (connection) connection.isMarkedBusy = true
  }

  /** Calls back once all that was asked on it is answered: now, if nothing is open. */
  whenIdle(socket: Socket, callback: () => void): void {
    const connection = this.#connections.get(socket)
    if (!connection || connection.pendingRequests.size === 0) callback()
    else connection.whenIdle = callback
  }

  /** Cuts those that wait for no answer of ours. */
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
