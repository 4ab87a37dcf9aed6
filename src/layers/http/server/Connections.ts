import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { Socket } from "node:net"

interface Open {
  /** Requests that came and are not answered yet. */
  readonly asked: Set<IncomingMessage>
  /** A request is known to be on its way, though it is none yet. */
  isHeld: boolean
  /** To be called once, when all that was asked is answered. */
  whenIdle: () => void
}

const nothing = () => {}

/** The connections of a server, each with the requests that came on it and are not answered yet. */
export class Connections {
  readonly #open = new Map<Socket, Open>()
  readonly server: Server
  /** Called once a request is answered, or its connection gone. */
  onAnswered: () => void = nothing

  constructor(server: Server) {
    this.server = server
    server.on("connection", (socket) => {
      // It comes a second time where an upgrade is ignored.
      if (this.#open.has(socket)) return
      this.#open.set(socket, { asked: new Set(), isHeld: false, whenIdle: nothing })
      socket.once("close", () => this.#open.delete(socket))
    })
    for (const event of ["request", "checkContinue"] as const) server.prependListener(event, this.#asked)
  }

  /** Whether it waits for an answer of ours: a request came in whole and its answer is not out. */
  isAnswering(socket: Socket): boolean {
    const open = this.#open.get(socket)
    return open !== undefined && (open.isHeld || [...open.asked].some(({ complete }) => complete))
  }

  /** Whether any request on it is not answered yet, also one that is still coming in. */
  isBusy(socket: Socket): boolean {
    const open = this.#open.get(socket)
    return open !== undefined && (open.isHeld || open.asked.size > 0)
  }

  /** Takes it for busy until the next request comes on it. */
  hold(socket: Socket): void {
    const open = this.#open.get(socket)
    if (open) open.isHeld = true
  }

  /** Calls back once all that was asked on it is answered: now, if nothing is open. */
  whenIdle(socket: Socket, then: () => void): void {
    const open = this.#open.get(socket)
    if (!open || open.asked.size === 0) then()
    else open.whenIdle = then
  }

  /** Cuts those that wait for no answer of ours. */
  cutOthers(): void {
    for (const socket of this.#open.keys()) if (!this.isAnswering(socket)) socket.destroy()
  }

  readonly #asked = (request: IncomingMessage, response: ServerResponse) => {
    const open = this.#open.get(request.socket)
    if (!open) return
    open.isHeld = false
    open.asked.add(request)
    response.once("close", () => {
      open.asked.delete(request)
      if (open.asked.size === 0) {
        const { whenIdle } = open
        open.whenIdle = nothing
        whenIdle()
      }
      this.onAnswered()
    })
  }
}
