import { connect, type Socket } from "node:net"
import { Effect } from "effect"

/** A bare connection to a server, and all that came through it. */
export interface RawConnection {
  readonly socket: Socket
  readonly send: (text: string) => void
  readonly received: () => string
  /** Waits until so many answers have come, by their status lines; with those that the connection had when it closed. */
  readonly answers: (count: number) => Promise<ReadonlyArray<number>>
  readonly closed: Promise<string>
}

const statusesIn = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /gu)].map(([, status]) => Number(status))

/** Opens one, destroyed with its scope. */
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
        socket.emit("heard")
      })
      const answers = async (count: number) => {
        while (statusesIn(text).length < count && !socket.destroyed) {
          await Promise.race([closed, new Promise<void>((resolve) => socket.once("heard", () => resolve()))])
        }
        return statusesIn(text)
      }
      const connection: RawConnection = {
        socket,
        send: (said) => void socket.write(said),
        received: () => text,
        answers,
        closed
      }
      socket.once("connect", () => resume(Effect.succeed(connection)))
      socket.once("close", () => resume(Effect.succeed(connection)))
    }),
    ({ socket }) => Effect.sync(() => socket.destroy())
  )
