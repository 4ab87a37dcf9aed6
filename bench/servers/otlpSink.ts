import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

// Takes everything that is sent to it, and keeps nothing: a collector that costs as little as possible.

const server = createServer((request, response) => {
  request.resume().on("end", () => response.writeHead(200, { "content-type": "application/json" }).end("{}"))
}).listen(0, "127.0.0.1", () => {
  process.send!({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
})

process.on("disconnect", () => process.exit())
