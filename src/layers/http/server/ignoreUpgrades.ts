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

/** The request line and headers, without those that ask for an upgrade. */
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
 * Ignores requests to upgrade the protocol. `curl --http2` and Java's client ask for HTTP/2 with each request, and a
 * server may ignore that. Node cannot: without a listener for upgrades it drops the bytes behind the head of such a
 * request; with one it gives the connection away, without timeouts and outside the server's shutdown. So the request is
 * put back on the connection without those headers, and parsed again.
 */
export const ignoreUpgrades = (connections: Connections): void => {
  const { server } = connections
  // NodeHttpServer's own listener is for WebSockets.
  server.removeAllListeners("upgrade")
  server.on("upgrade", (request, stream, rest) => {
    const socket = stream as Socket
    const ignore = () => {}
    // Until the connection is parsed again, nothing else handles its errors.
    socket.on("error", ignore)
    connections.markBusy(socket)
    connections.whenIdle(socket, () => {
      if (socket.destroyed) return
      socket.off("error", ignore)
      // Node adds its own listener again.
      socket.removeAllListeners("timeout")
      socket.setTimeout(server.timeout)
      socket.unshift(Buffer.concat([requestHeadOf(request), rest]))
      server.emit("connection", socket)
    })
  })
}
