import { Effect, Random } from "effect"
import { waitUntilHealthy } from "../servers.ts"
import { randomNode, type Fault, applyUntilHealed } from "./Fault.ts"

export const killNode: Fault = {
  name: "node-killed",
  title: "a node is killed, and restarted",
  target: "servers",
  durationSeconds: [0.5, 4],
  inject: Effect.fnUntraced(function* (world) {
    const node = yield* randomNode(world)
    // Half of the time the next fault may come before the node is healthy again.
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
