import { Effect } from "effect"
import { anyApp, type Fault, until } from "./Fault.ts"

export const secondApp: Fault = {
  name: "app-started-again",
  title: "an app is started once more with the same settings, shares the work, and is killed",
  hits: "app",
  lasts: [6, 12],
  inject: Effect.fnUntraced(function* (world) {
    const app = yield* anyApp(world)
    const another = app.another()
    yield* until(
      () => another.start(),
      () => another.end("SIGKILL")
    )
    return app.name
  })
}
