import { Effect, Random } from "effect"
import { randomApp, type Fault, applyUntilHealed } from "./Fault.ts"

export const slowLink: Fault = {
  name: "slow-link",
  title: "the network between an app and the servers is slow",
  target: "app",
  durationSeconds: [2, 6],
  inject: Effect.fnUntraced(function* (world) {
    const { name, links } = yield* randomApp(world)
    const delay = yield* Random.nextIntBetween(50, 400)
    yield* applyUntilHealed(
      () => links.forEach(({ conditions }) => (conditions.delay = delay)),
      () => links.forEach((link) => link.heal())
    )
    return `${name}, ${delay} ms each way`
  })
}
