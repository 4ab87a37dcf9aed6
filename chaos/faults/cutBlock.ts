import { cpSync, readdirSync, rmSync, statSync, truncateSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { waitUntilHealthy, type Node } from "../servers.ts"
import { randomNode, type Fault, applyUntilHealed, type World } from "./Fault.ts"

/** The folder of the log on a node. */
const folderOf = ({ store }: Node, { stream }: World) => join(store, "jetstream", "$G", "streams", stream)

/** The newest block of the log on a node. */
const newestBlock = (folder: string): string | undefined => {
  const numbers = readdirSync(join(folder, "msgs"))
    .filter((name) => name.endsWith(".blk"))
    .map((name) => Number.parseInt(name, 10))
  return numbers.length === 0 ? undefined : join(folder, "msgs", `${Math.max(...numbers)}.blk`)
}

const changeWhileStopped = async (node: Node, change: () => void) => {
  await node.process.end("SIGTERM")
  change()
  node.process.start()
  await waitUntilHealthy(node, 10_000)
}

/** Copies the log beside the store, and restores it as it was before the damage. */
const copyAside = (folder: string, copy: string) => {
  rmSync(copy, { recursive: true, force: true })
  cpSync(folder, copy, { recursive: true })
  return () => {
    rmSync(folder, { recursive: true, force: true })
    cpSync(copy, folder, { recursive: true })
    rmSync(copy, { recursive: true, force: true })
  }
}

/**
 * On a single node there is no other copy of the lost part: the apps must accept no commands until the copy is restored.
 * One of three nodes is emptied when it is found damaged, as docs/operations.md says, and gets everything from the others.
 */
export const cutBlock: Fault = {
  name: "block-cut",
  title: "the newest block of the log is cut in half on a node that is down; it runs so, and is then repaired",
  target: "servers",
  durationSeconds: [3, 6],
  unavailableReason: ({ servers }) =>
    servers.nodes.length > 1 ? "is not promised: two of three may drop what a damaged one has lost" : undefined,
  inject: Effect.fnUntraced(function* (world) {
    const node = yield* randomNode(world)
    const folder = folderOf(node, world)
    let restore = () => {}
    let damage = ""
    yield* applyUntilHealed(
      () =>
        changeWhileStopped(node, () => {
          restore = copyAside(folder, `${node.store}-copy`)
          const block = newestBlock(folder)
          if (block === undefined) return
          const { size } = statSync(block)
          truncateSync(block, size >> 1)
          damage = `${block.slice(node.store.length)} has ${size >> 1} bytes of ${size}`
        }),
      () => changeWhileStopped(node, restore)
    )
    return `${node.name}: ${damage}`
  })
}
