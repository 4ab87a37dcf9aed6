import { Effect, Random } from "effect"
import { waitUntilHealthy } from "../servers.ts"
import { type Fault, requiresThreeNodes, applyUntilHealed } from "./Fault.ts"

export const killAll: Fault = {
  name: "all-nodes-killed",
  title: "two or three nodes are killed at once, and restarted",
  target: "servers",
  durationSeconds: [0.3, 2],
  unavailableReason: requiresThreeNodes,
  inject: Effect.fnUntraced(function* ({ servers }) {
    const count = yield* Random.nextIntBetween(2, 3)
    const nodes = (yield* Random.shuffle(servers.nodes)).slice(0, count)
    yield* applyUntilHealed(
      async () => void (await Promise.all(nodes.map(({ process }) => process.end("SIGKILL")))),
      async () => {
        for (const { process } of nodes) process.start()
        await Promise.all(nodes.map((node) => waitUntilHealthy(node, 20_000)))
      }
    )
    return nodes.map(({ name }) => name).join(", ")
  })
}
