import { Effect, Random } from "effect"
import { anyNode, type Fault, needsThree, until } from "./Fault.ts"

export const partition: Fault = {
  name: "partition",
  title: "one node cannot reach the other two, nor they it",
  hits: "servers",
  lasts: [2, 10],
  missing: needsThree,
  inject: Effect.fnUntraced(function* (world) {
    const { name } = yield* anyNode(world)
    const isQuiet = yield* Random.nextBoolean
    const cut = world.servers.routes.filter(({ from, to }) => from === name || to === name)
    yield* until(
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
