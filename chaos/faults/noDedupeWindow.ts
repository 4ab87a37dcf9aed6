import { jetstreamManager } from "@nats-io/jetstream"
import { Effect } from "effect"
import { connectAdmin, attempt, type Fault } from "./Fault.ts"

const nanosPerMilli = 1_000_000

export const noDedupeWindow: Fault = {
  name: "dedupe-window-gone",
  title: "the server has forgotten the message ids when commands are sent again",
  target: "servers",
  durationSeconds: [1, 3],
  inject: Effect.fnUntraced(function* (world) {
    const connection = yield* connectAdmin(world)
    const manager = yield* attempt("JetStream", () => jetstreamManager(connection, { timeout: 3_000 }))
    const { config } = yield* attempt("log", () => manager.streams.info(world.stream))
    const setWindow = (millis: number) =>
      manager.streams.update(world.stream, { ...config, duplicate_window: millis * nanosPerMilli })
    yield* Effect.acquireRelease(
      attempt("window", () => setWindow(100)),
      () => Effect.ignore(attempt("window", () => manager.streams.update(world.stream, config)))
    )
    yield* Effect.sleep("1 second")
    yield* Effect.forkScoped(
      Effect.forEach(Array.from({ length: 30 }), () => world.load.resend(), { concurrency: 10, discard: true })
    )
    return "30 commands sent again"
  })
}
