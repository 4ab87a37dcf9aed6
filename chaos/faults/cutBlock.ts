import { cpSync, readdirSync, rmSync, statSync, truncateSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { waitUntilHealthy, type Node } from "../servers.ts"
import { randomNode, type Fault, applyUntilHealed, type World } from "./Fault.ts"

/** Where a node keeps the log. */
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

/** Keeps a copy beside the store, and puts it back: the log alone, as it was before it was damaged. */
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
 * On the only node, nothing else has what is cut off: the apps must take no commands until the copy is back. One of three
 * is emptied when it is found damaged, as docs/operations.md says, and gets everything from the others.
 */
export const cutBlock: Fault = {
  name: "block-cut",
  title: "the newest block of the log is cut in half on a node that is down; it runs so, and is then put right",
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
