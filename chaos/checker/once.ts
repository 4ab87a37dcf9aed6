import type { Invariant } from "./Case.ts"
import { ofCommand } from "./excerpt.ts"

const name = "I3"

export const once: Invariant = {
  name,
  promise: "a command is done once, however often it is sent, and its answer stays the same",
  check: (about) => {
    const twice = Array.from(about.ofCommand).flatMap(([key, facts]) => {
      const isWhole = facts.every(({ position }, n) => position === facts[0]!.position + n)
      return isWhole
        ? []
        : [{ invariant: name, what: `${key} left facts more than once`, excerpt: ofCommand(about, key) }]
    })
    const changed = Array.from(about.callsOf).flatMap(([key, calls]) => {
      const receipts = new Set(
        calls.flatMap(({ outcome }) =>
          outcome.is === "done" && outcome.facts.length > 0 ? [JSON.stringify(outcome.facts)] : []
        )
      )
      return receipts.size < 2
        ? []
        : [{ invariant: name, what: `${key} was answered with other facts later`, excerpt: ofCommand(about, key) }]
    })
    return [...twice, ...changed]
  }
}
