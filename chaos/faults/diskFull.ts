import { rmSync } from "node:fs"
import { appendFile } from "node:fs/promises"
import { join } from "node:path"
import { Effect } from "effect"
import { freeBytes, waitUntilHealthy } from "../servers.ts"
import { type Fault, NotInjected, applyUntilHealed } from "./Fault.ts"

const block = Buffer.alloc(4 * 1024 * 1024)

export const diskFull: Fault = {
  name: "disk-full",
  title: "the disk of a node is full; then there is room again, and the node is restarted",
  target: "servers",
  durationSeconds: [2, 5],
  unavailableReason: ({ servers }) =>
    servers.nodes.some(({ smallDisk }) => smallDisk) ? undefined : "needs root, to mount a small disk",
  inject: Effect.fnUntraced(function* ({ servers }) {
    const node = servers.nodes.find(({ smallDisk }) => smallDisk)
    if (!node) return yield* new NotInjected({ reason: "there is no small disk" })
    const filler = join(node.store, "filler")
    yield* applyUntilHealed(
      async () => {
        try {
          // In small steps: the proxies, the load and the measured calls run in this process.
          while (freeBytes(node) > 0) {
            await appendFile(filler, block.subarray(0, Math.min(block.length, freeBytes(node))))
          }
        } catch {
          // A write fails when the disk is full, as intended.
        }
      },
      async () => {
        rmSync(filler, { force: true })
        await node.process.end("SIGTERM")
        node.process.start()
        await waitUntilHealthy(node, 20_000)
      }
    )
    return node.name
  })
}
