import type { Invariant } from "./Evidence.ts"
import { excerptOfCommand } from "./excerpt.ts"

const name = "I3"

export const idempotence: Invariant = {
  name,
  promise: "a command is executed once, however often it is sent, and its answer stays the same",
  check: (index) => {
    const repeated = Array.from(index.eventsByCommand).flatMap(([key, events]) => {
      const isContiguous = events.every(({ position }, n) => position === events[0]!.position + n)
      return isContiguous
        ? []
        : [
            {
              invariant: name,
              description: `${key} appended events more than once`,
              excerpt: excerptOfCommand(index, key)
            }
          ]
    })
    const changed = Array.from(index.callsByCommand).flatMap(([key, calls]) => {
      const receipts = new Set(
        calls.flatMap(({ outcome }) =>
          outcome.is === "done" && outcome.facts.length > 0 ? [JSON.stringify(outcome.facts)] : []
        )
      )
      return receipts.size < 2
        ? []
        : [
            {
              invariant: name,
              description: `${key} was answered with other events later`,
              excerpt: excerptOfCommand(index, key)
            }
          ]
    })
    return [...repeated, ...changed]
  }
}
