import { Effect, Random } from "effect"
import { randomApp, type Fault, applyUntilHealed } from "./Fault.ts"

export const halfOpen: Fault = {
  name: "half-open-link",
  title: "the connection of an app is dead without a close",
  target: "app",
  durationSeconds: [3, 9],
  inject: Effect.fnUntraced(function* (world) {
    const { name, links } = yield* randomApp(world)
    const breaksNewConnections = yield* Random.nextBoolean
    yield* applyUntilHealed(
      () => {
        for (const { conditions, pairs } of links) {
          if (breaksNewConnections) conditions.silent = "both"
          for (const pair of pairs) pair.dead = true
        }
      },
      () => links.forEach((link) => link.heal())
    )
    return `${name}, ${breaksNewConnections ? "new ones too" : "new ones work"}`
  })
}
