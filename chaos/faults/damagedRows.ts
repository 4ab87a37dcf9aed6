import { Effect, Random } from "effect"
import { getValue, connectIntruder, putValue, twoRows } from "./buckets.ts"
import type { Fault } from "./Fault.ts"

export const deletedRow: Fault = {
  name: "row-deleted",
  title: "a row of a read model is deleted",
  target: "servers",
  durationSeconds: [2, 5],
  inject: Effect.fnUntraced(function* (world) {
    const { connection, manager } = yield* connectIntruder(world)
    const { bucket, one } = yield* twoRows(world, manager)
    yield* putValue(connection, bucket, one, undefined)
    return `${one} of ${bucket}`
  })
}

export const overwrittenRow: Fault = {
  name: "row-overwritten",
  title: "a row of a read model is overwritten: with another row, or with invalid data",
  target: "servers",
  durationSeconds: [2, 5],
  inject: Effect.fnUntraced(function* (world) {
    const { connection, manager } = yield* connectIntruder(world)
    const { bucket, one, other } = yield* twoRows(world, manager)
    const isRow = yield* Random.nextBoolean
    yield* putValue(connection, bucket, one, isRow ? yield* getValue(manager, bucket, other) : "not a row")
    return `${one} of ${bucket}, with ${isRow ? `the value of ${other}` : "invalid data"}`
  })
}
