import { Effect } from "effect"
import { anyApp, type Fault, until } from "./Fault.ts"

export const endApp: Fault = {
  name: "app-ended",
  title: "an app is asked to end under load, and is started again",
  hits: "app",
  lasts: [0.3, 2],
  inject: Effect.fnUntraced(function* (world) {
    const app = yield* anyApp(world)
    const { history } = world
    yield* until(
      async () => {
        app.held = true
        const t = history.now()
        await app.process.end("SIGTERM")
        history.write({ type: "app", app: app.name, what: "leaving", t, until: history.now() })
      },
      () => {
        app.held = false
      }
    )
    return app.name
  })
}
