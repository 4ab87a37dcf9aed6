import { Effect } from "effect"
import { Board } from "#domain/model/index.ts"
import type { Operations, Totals } from "#layers/contract/operationsSchema.ts"
import { orNullOnTimeout } from "#layers/timing/orNullOnTimeout.ts"
import { RejectionTracker } from "./feed/RejectionTracker.ts"
import { processorStates } from "./processorStates.ts"
import { toCount, type EventCounts } from "./tail/EventCounts.ts"
import { LogTail } from "./tail/LogTail.ts"

/** The counts of every type of event on the board, also under earlier names, and of unknown types. */
export const totalsOf = (board: Board.Any, { position, byType }: EventCounts): Totals => {
  const names = [...Board.laneOf(board).keys()]
  const known = new Set(names)
  return {
    position,
    facts: Object.fromEntries(names.map((name) => [name, toCount(byType.get(name))])),
    unknown: Object.fromEntries(
      Array.from(byType).flatMap(([type, typeCount]) => (known.has(type) ? [] : [[type, toCount(typeCount)]]))
    )
  }
}

/** The current state of the log, the views and the automations. Values that are not known within a short time are null. */
export const operationsNow = Effect.fnUntraced(function* (board: Board.Any) {
  const { counts } = yield* LogTail
  const rejections = Effect.map((yield* RejectionTracker).current, (all) => Object.fromEntries(all))
  const states = yield* processorStates(board)
  return Effect.map(
    Effect.all([counts, orNullOnTimeout(rejections), states], { concurrency: "unbounded" }),
    ([counts, rejections, { automations, views }]): Omit<Operations, "log"> => ({
      ...totalsOf(board, counts),
      rejections,
      views,
      automations
    })
  )
})
