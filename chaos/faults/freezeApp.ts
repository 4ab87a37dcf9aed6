import { Effect } from "effect"
import { randomApp, type Fault, applyUntilHealed } from "./Fault.ts"

export const freezeApp: Fault = {
  name: "app-frozen",
  title: "an app is frozen until the other has taken over, and continues",
  target: "app",
  durationSeconds: [1, 9],
  inject: Effect.fnUntraced(function* (world) {
    const { name, process } = yield* randomApp(world)
    const { history } = world
    const t = history.now()
    yield* applyUntilHealed(
      () => process.signal("SIGSTOP"),
      () => {
        process.signal("SIGCONT")
        history.write({ type: "app", app: name, what: "frozen", t, until: history.now() })
      }
    )
    return name
  })
}
