import { jetstreamManager } from "@nats-io/jetstream"
import { Effect, Random } from "effect"
import { connectAdmin, attempt, type Fault } from "./Fault.ts"

export const deleteConsumer: Fault = {
  name: "consumer-deleted",
  title: "a consumer is deleted under the running app",
  target: "servers",
  durationSeconds: [3, 6],
  inject: Effect.fnUntraced(function* (world) {
    const connection = yield* connectAdmin(world)
    const manager = yield* attempt("JetStream", () => jetstreamManager(connection, { timeout: 3_000 }))
    const names = yield* attempt("consumers", async () => {
      const all = await manager.consumers.list(world.stream).next()
      return all.flatMap(({ config }) => (config.durable_name === undefined ? [] : [config.durable_name])).sort()
    })
    const name = yield* Random.choice(names as [string, ...Array<string>])
    yield* attempt("delete", () => manager.consumers.delete(world.stream, name))
    return name
  })
}
