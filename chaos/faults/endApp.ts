import { Effect } from "effect"
import { randomApp, type Fault, applyUntilHealed } from "./Fault.ts"

export const endApp: Fault = {
  name: "app-ended",
  title: "an app gets SIGTERM under load, and is restarted",
  target: "app",
  durationSeconds: [0.3, 2],
  inject: Effect.fnUntraced(function* (world) {
    const app = yield* randomApp(world)
    const { history } = world
    yield* applyUntilHealed(
      async () => {
        app.isStopped = true
        const t = history.now()
        await app.process.end("SIGTERM")
        history.write({ type: "app", app: app.name, what: "leaving", t, until: history.now() })
      },
      () => {
        app.isStopped = false
      }
    )
    return app.name
  })
}
