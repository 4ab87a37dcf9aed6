import { connect, type Socket } from "node:net"
import { Effect } from "effect"

/** A TCP connection to a server, and the text that it received. */
export interface RawConnection {
  readonly socket: Socket
  readonly send: (text: string) => void
  readonly received: () => string
  /** Waits for the status codes of `count` responses, or of those that were received when the connection closed. */
  readonly answers: (count: number) => Promise<ReadonlyArray<number>>
  readonly closed: Promise<string>
}

const statusesIn = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /gu)].map(([, status]) => Number(status))

/** Opens a connection, which is destroyed with its scope. */
export const openRawConnection = (url: string) =>
  Effect.acquireRelease(
    Effect.callback<RawConnection>((resume) => {
      const { hostname, port } = new URL(url)
      let text = ""
      const socket = connect(Number(port), hostname)
      const closed = new Promise<string>((resolve) => socket.once("close", () => resolve(text)))
      socket.on("error", () => {})
      socket.on("data", (chunk) => {
        text += String(chunk)
        socket.emit("received")
      })
      const answers = async (count: number) => {
        while (statusesIn(text).length < count && !socket.destroyed) {
          await Promise.race([closed, new Promise<void>((resolve) => socket.once("received", () => resolve()))])
        }
        return statusesIn(text)
      }
      const connection: RawConnection = {
        socket,
        send: (request) => void socket.write(request),
        received: () => text,
        answers,
        closed
      }
      socket.once("connect", () => resume(Effect.succeed(connection)))
      socket.once("close", () => resume(Effect.succeed(connection)))
    }),
    ({ socket }) => Effect.sync(() => socket.destroy())
  )
