import { jetstreamManager } from "@nats-io/jetstream"
import { Effect, Random } from "effect"
import { connectAdmin, attempt, type Fault } from "./Fault.ts"

export const deleteBucket: Fault = {
  name: "bucket-deleted",
  title: "the bucket of a read model is deleted under the running app",
  target: "servers",
  durationSeconds: [3, 6],
  inject: Effect.fnUntraced(function* (world) {
    const connection = yield* connectAdmin(world)
    const manager = yield* attempt("JetStream", () => jetstreamManager(connection, { timeout: 3_000 }))
    const names = yield* attempt("buckets", async () => {
      const all = await manager.streams.names("$KV.>").next()
      return all.filter((name) => /^KV_.+-v\d+$/u.test(name)).sort()
    })
    const name = yield* Random.choice(names as [string, ...Array<string>])
    yield* attempt("delete", () => manager.streams.delete(name))
    return name
  })
}
