import { Effect } from "effect"
import { randomApp, type Fault, applyUntilHealed } from "./Fault.ts"

export const secondApp: Fault = {
  name: "app-started-again",
  title: "an app is started once more with the same settings, shares the work, and is killed",
  target: "app",
  durationSeconds: [6, 12],
  inject: Effect.fnUntraced(function* (world) {
    const app = yield* randomApp(world)
    const peer = app.spawnPeer()
    yield* applyUntilHealed(
      () => peer.start(),
      () => peer.end("SIGKILL")
    )
    return app.name
  })
}
