import type { IncomingMessage } from "node:http"
import type { Socket } from "node:net"
import type { Connections } from "./Connections.ts"

/** Headers that only mean something together with an upgrade. */
const upgradeHeaders = new Set(["upgrade", "http2-settings"])

const withoutUpgrade = (connection: string): string =>
  connection
    .split(",")
    .map((option) => option.trim())
    .filter((option) => !upgradeHeaders.has(option.toLowerCase()))
    .join(", ")

/** The head of a request as it would have come without asking for another protocol. */
const requestHeadOf = ({ httpVersion, method, rawHeaders, url }: IncomingMessage): Buffer => {
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let n = 0; n < rawHeaders.length; n += 2) {
    const name = rawHeaders[n]!
    if (upgradeHeaders.has(name.toLowerCase())) continue
    const isConnection = name.toLowerCase() === "connection"
    const value = isConnection ? withoutUpgrade(rawHeaders[n + 1]!) : rawHeaders[n + 1]!
    if (!isConnection || value !== "") lines.push(`${name}: ${value}`)
  }
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1")
}

/**
 * Ignores what clients would like to speak besides: `curl --http2` and Java's client ask for HTTP/2 with each request, and a
 * server may go on as if they had not. Node cannot: where nobody listens for upgrades it drops what came behind the head of
 * such a request, and where somebody does it hands the connection over for good, with no more timeouts and no part in the
 * server's end. So the request is put back without those headers, and parsed on the connection from the start.
 */
export const ignoreUpgrades = (connections: Connections): void => {
  const { server } = connections
  // NodeHttpServer listens, for WebSockets.
  server.removeAllListeners("upgrade")
  server.on("upgrade", (request, stream, rest) => {
    const socket = stream as Socket
    const ignore = () => {}
    // Until the connection is parsed again nothing else listens for its errors.
    socket.on("error", ignore)
    connections.markBusy(socket)
    connections.whenIdle(socket, () => {
      if (socket.destroyed) return
      socket.off("error", ignore)
      // Node's own, which it adds again.
      socket.removeAllListeners("timeout")
      socket.setTimeout(server.timeout)
      socket.unshift(Buffer.concat([requestHeadOf(request), rest]))
      server.emit("connection", socket)
    })
  })
}
