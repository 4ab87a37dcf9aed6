import { Effect } from "effect"
import { randomApp, type Fault } from "./Fault.ts"

const blockMillis = 5_000

export const blockApp: Fault = {
  name: "event-loop-blocked",
  title: "an app is busy with one thing for five seconds",
  target: "app",
  durationSeconds: [5, 6],
  inject: Effect.fnUntraced(function* (world) {
    const app = yield* randomApp(world)
    const { history } = world
    const t = history.now()
    app.sendOrder({ blockFor: blockMillis })
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => history.write({ type: "app", app: app.name, what: "blocked", t, until: t + blockMillis }))
    )
    return app.name
  })
}
