import { Effect, Random } from "effect"
import { waitUntilHealthy } from "../servers.ts"
import { randomNode, type Fault, applyUntilHealed } from "./Fault.ts"

export const killNode: Fault = {
  name: "node-killed",
  title: "a node is killed, and comes back",
  target: "servers",
  durationSeconds: [0.5, 4],
  inject: Effect.fnUntraced(function* (world) {
    const node = yield* randomNode(world)
    // Now and then the next fault comes before it is well again.
    const healthTimeoutMillis = (yield* Random.nextBoolean) ? 10_000 : 0
    yield* applyUntilHealed(
      () => node.process.end("SIGKILL"),
      async () => {
        node.process.start()
        await waitUntilHealthy(node, healthTimeoutMillis)
      }
    )
    return node.name
  })
}
