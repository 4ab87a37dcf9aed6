import { Effect } from "effect"
import { anyApp, type Fault, until } from "./Fault.ts"

export const killApp: Fault = {
  name: "app-killed",
  title: "an app is killed, and comes back",
  hits: "app",
  lasts: [0.3, 3],
  inject: Effect.fnUntraced(function* (world) {
    const app = yield* anyApp(world)
    yield* until(
      () => {
        app.held = true
        return app.process.end("SIGKILL")
      },
      () => {
        app.held = false
      }
    )
    return app.name
  })
}
