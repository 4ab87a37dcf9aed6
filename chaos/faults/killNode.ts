import { Effect, Random } from "effect"
import { isWell } from "../servers.ts"
import { anyNode, type Fault, until } from "./Fault.ts"

export const killNode: Fault = {
  name: "node-killed",
  title: "a node is killed, and comes back",
  hits: "servers",
  lasts: [0.5, 4],
  inject: Effect.fnUntraced(function* (world) {
    const node = yield* anyNode(world)
    // Now and then the next fault comes before it is well again.
    const patience = (yield* Random.nextBoolean) ? 10_000 : 0
    yield* until(
      () => node.process.end("SIGKILL"),
      async () => {
        node.process.start()
        await isWell(node, patience)
      }
    )
    return node.name
  })
}
