import { createServer, connect, type Server, type Socket } from "node:net"
import { type Frame, frameSplitter } from "./frames.ts"

export type Direction = "toServer" | "toClient"

/** The faults of a proxied line. */
export interface Conditions {
  /** Drops all bytes in one or both directions without closing: a pulled cable. */
  silent: "no" | "both" | Direction
  /** The delay in milliseconds, each way. */
  delay: number
  /** New connections are closed at once. */
  refuse: boolean
  /** Maps each frame to the bytes to send instead, or undefined to drop it. Only for proxies that parse frames. */
  frame: ((frame: Frame, direction: Direction, pair: Pair) => Buffer | undefined) | undefined
}

export interface Pair {
  readonly client: Socket
  readonly server: Socket
  readonly send: (direction: Direction, bytes: Buffer) => void
  readonly close: () => void
  /** This connection is dead without a close; later ones are not affected. */
  dead: boolean
}

const healthyConditions = (): Conditions => ({ silent: "no", delay: 0, refuse: false, frame: undefined })

/** A writer that keeps the order of the bytes, each delayed by the delay at its arrival. */
const delayedWriter = (socket: Socket) => {
  const queue: Array<readonly [at: number, bytes: Buffer]> = []
  let timer: NodeJS.Timeout | undefined
  const flush = () => {
    timer = undefined
    const now = performance.now()
    while (queue.length > 0 && queue[0]![0] <= now) {
      const [, bytes] = queue.shift()!
      if (socket.writable) socket.write(bytes)
    }
    if (queue.length > 0) timer = setTimeout(flush, Math.max(1, queue[0]![0] - now))
  }
  return (bytes: Buffer, delay: number) => {
    if (delay === 0 && queue.length === 0) return void (socket.writable && socket.write(bytes))
    const earliest = queue.at(-1)?.[0] ?? 0
    queue.push([Math.max(earliest, performance.now() + delay), bytes])
    timer ??= setTimeout(flush, delay)
  }
}

/** A TCP proxy between two ports of this machine, with injectable faults. */
export class Proxy {
  readonly port: number
  readonly conditions: Conditions = healthyConditions()
  readonly pairs = new Set<Pair>()
  readonly #server: Server

  constructor(port: number, target: number, reads: "bytes" | "frames") {
    this.port = port
    this.#server = createServer({ noDelay: true }, (client) => {
      if (this.conditions.refuse) return void client.destroy()
      this.#join(client, connect({ port: target, host: "127.0.0.1", noDelay: true }), reads)
    })
  }

  #join(client: Socket, server: Socket, reads: "bytes" | "frames") {
    const lines = { toServer: delayedWriter(server), toClient: delayedWriter(client) }
    const pair: Pair = {
      client,
      server,
      dead: false,
      send: (direction, bytes) => lines[direction](bytes, this.conditions.delay),
      close: () => {
        client.destroy()
        server.destroy()
        this.pairs.delete(pair)
      }
    }
    this.pairs.add(pair)
    const isSilent = (direction: Direction) =>
      pair.dead || this.conditions.silent === "both" || this.conditions.silent === direction
    const from = (direction: Direction) => {
      const frames = reads === "frames" ? frameSplitter() : undefined
      return (chunk: Buffer) => {
        if (isSilent(direction)) return
        if (!frames) return pair.send(direction, chunk)
        for (const frame of frames(chunk)) {
          // The filter may have ended the connection with the frame before: nothing is sent after the cut.
          if (isSilent(direction)) return
          const bytes = this.conditions.frame ? this.conditions.frame(frame, direction, pair) : frame.bytes
          if (bytes) pair.send(direction, bytes)
        }
      }
    }
    client.on("data", from("toServer"))
    server.on("data", from("toClient"))
    // A silent line does not forward a close.
    const onClose = (direction: Direction) => () => {
      if (!isSilent(direction)) pair.close()
    }
    for (const [socket, direction] of [
      [client, "toServer"],
      [server, "toClient"]
    ] as const) {
      socket.on("close", onClose(direction))
      socket.on("error", () => {})
    }
  }

  /** Closes every connection; new ones are accepted. */
  cut(): void {
    for (const pair of this.pairs) pair.close()
  }

  /** Removes all faults. Dead connections are closed, since their bytes are lost. */
  heal(): void {
    const wasSilent = this.conditions.silent !== "no"
    Object.assign(this.conditions, { silent: "no", delay: 0, refuse: false })
    for (const pair of this.pairs) if (wasSilent || pair.dead) pair.close()
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject).listen(this.port, "127.0.0.1", () => resolve())
    })
  }

  close(): void {
    this.cut()
    this.#server.close()
  }
}
