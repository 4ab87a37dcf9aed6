import { Effect } from "effect"
import type { Fault } from "./Fault.ts"

const guestCount = 64

export const loadSpike: Fault = {
  name: "rush",
  title: "sixty-four guests want one room for one night",
  target: "app",
  durationSeconds: [0, 1],
  inject: Effect.fnUntraced(function* ({ load }) {
    const night = load.unusedNight()
    yield* Effect.forEach(
      Array.from({ length: guestCount }, (_, n) => 1 + n),
      (id) => load.request({ command: "BookRoom", input: { ...night, client: { id } } }),
      { concurrency: "unbounded", discard: true }
    )
    return `room ${night.room.id} on ${night.date}`
  })
}
