import { Effect } from "effect"
import { anyApp, type Fault, until } from "./Fault.ts"

export const freezeApp: Fault = {
  name: "app-frozen",
  title: "an app stands still until the other has taken over, and goes on",
  hits: "app",
  lasts: [1, 9],
  inject: Effect.fnUntraced(function* (world) {
    const { name, process } = yield* anyApp(world)
    const { history } = world
    const t = history.now()
    yield* until(
      () => process.signal("SIGSTOP"),
      () => {
        process.signal("SIGCONT")
        history.write({ type: "app", app: name, what: "frozen", t, until: history.now() })
      }
    )
    return name
  })
}
