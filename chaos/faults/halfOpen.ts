import { Effect, Random } from "effect"
import { anyApp, type Fault, until } from "./Fault.ts"

export const halfOpen: Fault = {
  name: "half-open-link",
  title: "the connection of an app is dead, and nobody is told",
  hits: "app",
  lasts: [3, 9],
  inject: Effect.fnUntraced(function* (world) {
    const { name, links } = yield* anyApp(world)
    const all = yield* Random.nextBoolean
    yield* until(
      () => {
        for (const { conditions, pairs } of links) {
          if (all) conditions.silent = "both"
          for (const pair of pairs) pair.dead = true
        }
      },
      () => links.forEach((link) => link.heal())
    )
    return `${name}, ${all ? "new ones too" : "new ones are good"}`
  })
}
