import { Effect } from "effect"
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { freeBytes, isWell } from "../servers.ts"
import { type Fault, NotInjected, until } from "./Fault.ts"

const block = Buffer.alloc(1024 * 1024)

export const diskFull: Fault = {
  name: "disk-full",
  title: "the disk of a node is full; then there is room again, and the node is restarted",
  hits: "servers",
  lasts: [2, 5],
  missing: ({ servers }) =>
    servers.nodes.some(({ smallDisk }) => smallDisk) ? undefined : "needs root, to mount a small disk",
  inject: Effect.fnUntraced(function* ({ servers }) {
    const node = servers.nodes.find(({ smallDisk }) => smallDisk)
    if (!node) return yield* new NotInjected({ reason: "there is no small disk" })
    const filler = join(node.store, "filler")
    yield* until(
      () => {
        try {
          while (freeBytes(node) > 0) {
            writeFileSync(filler, block.subarray(0, Math.min(block.length, freeBytes(node))), { flag: "a" })
          }
        } catch {
          // Full is what it shall be.
        }
      },
      async () => {
        rmSync(filler, { force: true })
        await node.process.end("SIGTERM")
        node.process.start()
        await isWell(node, 20_000)
      }
    )
    return node.name
  })
}
