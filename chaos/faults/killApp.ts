import { Effect } from "effect"
import { randomApp, type Fault, applyUntilHealed } from "./Fault.ts"

export const killApp: Fault = {
  name: "app-killed",
  title: "an app is killed, and restarted",
  target: "app",
  durationSeconds: [0.3, 3],
  inject: Effect.fnUntraced(function* (world) {
    const app = yield* randomApp(world)
    yield* applyUntilHealed(
      () => {
        app.isStopped = true
        return app.process.end("SIGKILL")
      },
      () => {
        app.isStopped = false
      }
    )
    return app.name
  })
}
