import { Effect, Random } from "effect"
import { randomCheckpoint, getValue, connectIntruder, putValue } from "./buckets.ts"
import { attempt, type Fault, NotInjected } from "./Fault.ts"

export const aheadCheckpoint: Fault = {
  name: "checkpoint-ahead",
  title: "the checkpoint of a view or automation is set ahead of the log",
  target: "servers",
  durationSeconds: [3, 6],
  inject: Effect.fnUntraced(function* (world) {
    const { connection, manager } = yield* connectIntruder(world)
    const { bucket, key } = yield* randomCheckpoint(world)
    const known = yield* getValue(manager, bucket, key)
    if (known === "") return yield* new NotInjected({ reason: `${bucket} has no checkpoint yet` })
    const { state } = yield* attempt("log", () => manager.streams.info(world.stream))
    const position = state.last_seq + (yield* Random.nextIntBetween(100, 10_000))
    yield* putValue(connection, bucket, key, JSON.stringify({ ...JSON.parse(known), position }))
    return `${key} of ${bucket} is at ${position}, while the log ends at ${state.last_seq}`
  })
}
