import { Effect } from "effect"
import { anyNode, type Fault, until } from "./Fault.ts"

export const freezeNode: Fault = {
  name: "node-frozen",
  title: "a node stands still, and goes on",
  hits: "servers",
  lasts: [1, 8],
  inject: Effect.fnUntraced(function* (world) {
    const { name, process } = yield* anyNode(world)
    yield* until(
      () => process.signal("SIGSTOP"),
      () => process.signal("SIGCONT")
    )
    return name
  })
}
