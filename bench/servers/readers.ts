import { once } from "node:events"
import { Agent, get } from "node:http"
import { connect } from "node:net"

/** A load besides commands: clients that read the paths in turn, or listeners on the event feed. */
export type ReaderRequest =
  | { readonly url: string; readonly read: ReadonlyArray<string>; readonly clients: number }
  | { readonly url: string; readonly listeners: number }
  | { readonly stop: true }

/** The number of answers by status since the start; for listeners, the number accepted. */
export type StatusCounts = Readonly<Record<string, number>>

let answers: Record<string, number> = {}
let stop = () => {}

const countStatus = (status: string | number) => (answers[status] = (answers[status] ?? 0) + 1)

const startReaders = (url: string, paths: ReadonlyArray<string>, clients: number) => {
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const abort = new AbortController()
  let n = 0
  const readOnce = () =>
    new Promise<void>((resolve) => {
      const request = get(url + paths[n++ % paths.length]!, { agent }, (response) => {
        countStatus(response.statusCode ?? 0)
        response.resume().on("close", resolve)
      })
      request.on("error", () => setTimeout(resolve, 50))
    })
  const client = async () => {
    while (!abort.signal.aborted) await readOnce()
  }
  for (let each = 0; each < clients; each++) void client()
  return () => {
    abort.abort()
    agent.destroy()
  }
}

const startListeners = async (url: string, listeners: number) => {
  const { host, hostname, port } = new URL(url)
  const sockets = Array.from({ length: listeners }, () => connect(Number(port), hostname).on("error", () => {}))
  await Promise.all(
    sockets.map(async (socket) => {
      socket.write(`GET /events HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
      const [bytes] = (await once(socket, "data")) as [Buffer]
      countStatus(bytes.toString("latin1", "HTTP/1.1 ".length, 12))
      socket.resume()
    })
  )
  return () => sockets.forEach((socket) => socket.destroy())
}

const handle = async (request: ReaderRequest): Promise<StatusCounts> => {
  stop()
  stop = () => {}
  const before = answers
  if ("stop" in request) return before
  answers = {}
  stop =
    "read" in request
      ? startReaders(request.url, request.read, request.clients)
      : await startListeners(request.url, request.listeners)
  return answers
}

process.on("message", async (request: ReaderRequest) => {
  process.send!(await handle(request))
})
process.on("disconnect", () => process.exit())
