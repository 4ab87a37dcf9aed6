import { Effect, Random } from "effect"
import { get, intruder, put, someRows } from "./buckets.ts"
import type { Fault } from "./Fault.ts"

export const deletedRow: Fault = {
  name: "row-deleted",
  title: "somebody deletes a row of a read model",
  hits: "servers",
  lasts: [2, 5],
  inject: Effect.fnUntraced(function* (world) {
    const { connection, manager } = yield* intruder(world)
    const { bucket, one } = yield* someRows(manager)
    yield* put(connection, bucket, one, undefined)
    return `${one} of ${bucket}`
  })
}

export const overwrittenRow: Fault = {
  name: "row-overwritten",
  title: "somebody overwrites a row of a read model: with another row, or with what is none",
  hits: "servers",
  lasts: [2, 5],
  inject: Effect.fnUntraced(function* (world) {
    const { connection, manager } = yield* intruder(world)
    const { bucket, one, other } = yield* someRows(manager)
    const isRow = yield* Random.nextBoolean
    yield* put(connection, bucket, one, isRow ? yield* get(manager, bucket, other) : "not a row")
    return `${one} of ${bucket}, with ${isRow ? `what ${other} has` : "what is no row"}`
  })
}
