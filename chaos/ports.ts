import { createServer } from "node:net"

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer().once("error", () => resolve(false))
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)))
  })

/**
 * Ports of 127.0.0.1 for servers that are restarted. They are below the range that the system uses for outgoing
 * connections, so that none of these takes a port while its server is down.
 */
export const ports = async (count: number): Promise<ReadonlyArray<number>> => {
  const found = new Set<number>()
  while (found.size < count) {
    const port = 12_000 + Math.floor(Math.random() * 20_000)
    if (!found.has(port) && (await isFree(port))) found.add(port)
  }
  return [...found]
}
