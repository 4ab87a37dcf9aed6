import { Effect } from "effect"
import { anyApp, type Fault } from "./Fault.ts"

const millis = 5_000

export const blockApp: Fault = {
  name: "event-loop-blocked",
  title: "an app is busy with one thing for five seconds",
  hits: "app",
  lasts: [5, 6],
  inject: Effect.fnUntraced(function* (world) {
    const app = yield* anyApp(world)
    const { history } = world
    const t = history.now()
    app.order({ blockFor: millis })
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => history.write({ type: "app", app: app.name, what: "blocked", t, until: t + millis }))
    )
    return app.name
  })
}
