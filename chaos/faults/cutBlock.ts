import { Effect } from "effect"
import { cpSync, readdirSync, rmSync, statSync, truncateSync } from "node:fs"
import { join } from "node:path"
import { isWell, type Node } from "../servers.ts"
import { anyNode, type Fault, until, type World } from "./Fault.ts"

/** The newest block of the log on a node. */
const newestBlock = ({ store }: Node, { stream }: World): string | undefined => {
  const folder = join(store, "jetstream", "$G", "streams", stream, "msgs")
  const numbers = readdirSync(folder)
    .filter((name) => name.endsWith(".blk"))
    .map((name) => Number.parseInt(name, 10))
  return numbers.length === 0 ? undefined : join(folder, `${Math.max(...numbers)}.blk`)
}

const restarted = async (node: Node, change: () => void) => {
  await node.process.end("SIGTERM")
  change()
  node.process.start()
  await isWell(node, 10_000)
}

/** What a node has on its disk comes back, as it was before it was damaged. */
const copied = ({ store }: Node) => {
  const copy = `${store}-copy`
  rmSync(copy, { recursive: true, force: true })
  cpSync(store, copy, { recursive: true })
  return () => {
    // The folder itself stays: a disk may be mounted there.
    for (const name of readdirSync(store)) rmSync(join(store, name), { recursive: true, force: true })
    cpSync(copy, store, { recursive: true })
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
  hits: "servers",
  lasts: [3, 6],
  missing: ({ servers }) =>
    servers.nodes.length > 1 ? "is not promised: two of three may drop what a damaged one has lost" : undefined,
  inject: Effect.fnUntraced(function* (world) {
    const node = yield* anyNode(world)
    let mend = () => {}
    let about = ""
    yield* until(
      () =>
        restarted(node, () => {
          mend = copied(node)
          const block = newestBlock(node, world)
          if (block === undefined) return
          const { size } = statSync(block)
          truncateSync(block, size >> 1)
          about = `${block.slice(node.store.length)} has ${size >> 1} bytes of ${size}`
        }),
      () => restarted(node, mend)
    )
    return `${node.name}: ${about}`
  })
}
