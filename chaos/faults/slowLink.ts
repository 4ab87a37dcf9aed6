import { Effect, Random } from "effect"
import { anyApp, type Fault, until } from "./Fault.ts"

export const slowLink: Fault = {
  name: "slow-link",
  title: "everything between an app and the servers takes long",
  hits: "app",
  lasts: [2, 6],
  inject: Effect.fnUntraced(function* (world) {
    const { name, links } = yield* anyApp(world)
    const delay = yield* Random.nextIntBetween(50, 400)
    yield* until(
      () => links.forEach(({ conditions }) => (conditions.delay = delay)),
      () => links.forEach((link) => link.heal())
    )
    return `${name}, ${delay} ms each way`
  })
}
