import { Effect } from "effect"
import type { Fault } from "./Fault.ts"

const count = 64

export const rush: Fault = {
  name: "rush",
  title: "sixty-four guests want one room for one night",
  hits: "app",
  lasts: [0, 1],
  inject: Effect.fnUntraced(function* ({ load }) {
    const place = load.fresh()
    yield* Effect.forEach(
      Array.from({ length: count }, (_, n) => 1 + n),
      (id) => load.ask({ command: "BookRoom", input: { ...place, client: { id } } }),
      { concurrency: "unbounded", discard: true }
    )
    return `room ${place.room.id} on ${place.date}`
  })
}
