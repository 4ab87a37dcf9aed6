import { Effect, Random } from "effect"
import { randomNode, type Fault, requiresThreeNodes, applyUntilHealed } from "./Fault.ts"

export const partition: Fault = {
  name: "partition",
  title: "one node cannot reach the other two, nor they it",
  target: "servers",
  durationSeconds: [2, 10],
  unavailableReason: requiresThreeNodes,
  inject: Effect.fnUntraced(function* (world) {
    const { name } = yield* randomNode(world)
    const isQuiet = yield* Random.nextBoolean
    const cut = world.servers.routes.filter(({ from, to }) => from === name || to === name)
    yield* applyUntilHealed(
      () => {
        for (const { proxy } of cut) {
          Object.assign(proxy.conditions, isQuiet ? { silent: "both" } : { refuse: true })
          if (!isQuiet) proxy.cut()
        }
      },
      () => cut.forEach(({ proxy }) => proxy.heal())
    )
    return `${name}, ${isQuiet ? "silently" : "connections refused"}`
  })
}
