import { Effect } from "effect"
import { randomNode, type Fault, applyUntilHealed } from "./Fault.ts"

export const freezeNode: Fault = {
  name: "node-frozen",
  title: "a node is frozen, and continues",
  target: "servers",
  durationSeconds: [1, 8],
  inject: Effect.fnUntraced(function* (world) {
    const { name, process } = yield* randomNode(world)
    yield* applyUntilHealed(
      () => process.signal("SIGSTOP"),
      () => process.signal("SIGCONT")
    )
    return name
  })
}
