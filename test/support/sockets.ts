import { connect, type Socket } from "node:net"
import { Effect } from "effect"

/** A bare connection to a server, and all that came through it. */
export interface Wire {
  readonly socket: Socket
  readonly say: (text: string) => void
  readonly heard: () => string
  /** Waits until so many answers have come, by their status lines; with those that the connection had when it closed. */
  readonly answers: (many: number) => Promise<ReadonlyArray<number>>
  readonly closed: Promise<string>
}

const statuses = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /gu)].map(([, status]) => Number(status))

/** Opens one, destroyed with its scope. */
export const wire = (url: string) =>
  Effect.acquireRelease(
    Effect.callback<Wire>((resume) => {
      const { hostname, port } = new URL(url)
      let text = ""
      const socket = connect(Number(port), hostname)
      const closed = new Promise<string>((resolve) => socket.once("close", () => resolve(text)))
      socket.on("error", () => {})
      socket.on("data", (chunk) => {
        text += String(chunk)
        socket.emit("heard")
      })
      const answers = async (many: number) => {
        while (statuses(text).length < many && !socket.destroyed) {
          await Promise.race([closed, new Promise<void>((resolve) => socket.once("heard", () => resolve()))])
        }
        return statuses(text)
      }
      const all: Wire = { socket, say: (said) => void socket.write(said), heard: () => text, answers, closed }
      socket.once("connect", () => resume(Effect.succeed(all)))
      socket.once("close", () => resume(Effect.succeed(all)))
    }),
    ({ socket }) => Effect.sync(() => socket.destroy())
  )
