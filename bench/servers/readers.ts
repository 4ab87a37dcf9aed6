import { once } from "node:events"
import { Agent, get } from "node:http"
import { connect } from "node:net"

/** What to do beside commands: clients that read one path after the other, or listeners of events that read what comes. */
export type Beside =
  | { readonly url: string; readonly read: ReadonlyArray<string>; readonly clients: number }
  | { readonly url: string; readonly listeners: number }
  | { readonly stop: true }

/** How many answers there were by status since the start; of listeners, how many were accepted. */
export type Answers = Readonly<Record<string, number>>

let answers: Record<string, number> = {}
let end = () => {}

const count = (status: string | number) => (answers[status] = (answers[status] ?? 0) + 1)

const reading = (url: string, paths: ReadonlyArray<string>, clients: number) => {
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const until = new AbortController()
  let n = 0
  const one = () =>
    new Promise<void>((resolve) => {
      const request = get(url + paths[n++ % paths.length]!, { agent }, (response) => {
        count(response.statusCode ?? 0)
        response.resume().on("close", resolve)
      })
      request.on("error", () => setTimeout(resolve, 50))
    })
  const client = async () => {
    while (!until.signal.aborted) await one()
  }
  for (let each = 0; each < clients; each++) void client()
  return () => {
    until.abort()
    agent.destroy()
  }
}

const listening = async (url: string, listeners: number) => {
  const { host, hostname, port } = new URL(url)
  const sockets = Array.from({ length: listeners }, () => connect(Number(port), hostname).on("error", () => {}))
  await Promise.all(
    sockets.map(async (socket) => {
      socket.write(`GET /events HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
      const [bytes] = (await once(socket, "data")) as [Buffer]
      count(bytes.toString("latin1", "HTTP/1.1 ".length, 12))
      socket.resume()
    })
  )
  return () => sockets.forEach((socket) => socket.destroy())
}

const handle = async (beside: Beside): Promise<Answers> => {
  end()
  end = () => {}
  const before = answers
  if ("stop" in beside) return before
  answers = {}
  end =
    "read" in beside ? reading(beside.url, beside.read, beside.clients) : await listening(beside.url, beside.listeners)
  return answers
}

process.on("message", async (beside: Beside) => {
  process.send!(await handle(beside))
})
process.on("disconnect", () => process.exit())
