import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { Effect } from "effect"

const tickMillis = 50

/** A proxy to a port of this machine that limits the bytes per second of responses, as a slow network does. */
export const slowProxy = (target: number, bytesPerSecond: number) =>
  Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<{ port: number; pause: () => void; resume: () => void; close: () => void }>((resolve) => {
          const ends = new Set<() => void>()
          const clients = new Set<Socket>()
          let isPaused = false
          const server = createServer({ noDelay: true }, (client) => {
            const upstream = connect({ port: target, host: "127.0.0.1", noDelay: true })
            let buffered = Buffer.alloc(0)
            clients.add(client)
            const timer = setInterval(() => {
              if (isPaused) return
              const now = buffered.subarray(0, (bytesPerSecond * tickMillis) / 1_000)
              buffered = buffered.subarray(now.length)
              if (now.length > 0) client.write(now)
            }, tickMillis)
            const end = () => {
              clearInterval(timer)
              client.destroy()
              upstream.destroy()
              ends.delete(end)
              clients.delete(client)
            }
            ends.add(end)
            client.on("data", (chunk) => upstream.write(chunk))
            upstream.on("data", (chunk) => (buffered = Buffer.concat([buffered, chunk])))
            for (const socket of [client, upstream]) socket.on("error", end).on("close", end)
          })
          const close = () => {
            ends.forEach((end) => end())
            server.close()
          }
          /** Stops forwarding in both directions. */
          const pause = () => {
            isPaused = true
            clients.forEach((client) => client.pause())
          }
          const resume = () => {
            isPaused = false
            clients.forEach((client) => client.resume())
          }
          server.listen(0, "127.0.0.1", () =>
            resolve({ port: (server.address() as AddressInfo).port, pause, resume, close })
          )
        })
    ),
    ({ close }) => Effect.sync(close)
  )
