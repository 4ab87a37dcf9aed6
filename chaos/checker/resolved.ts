import type { EvidenceIndex, Invariant, Violation } from "./Evidence.ts"
import { excerptOfCommand } from "./excerpt.ts"

const name = "I9"

const isDefinite = (is: string) => is === "done" || is === "refused"

/** Commands that never got a definite answer. */
const unresolved = (index: EvidenceIndex): ReadonlyArray<Violation> =>
  Array.from(index.requests.keys()).flatMap((key) =>
    index.callsByCommand.get(key)?.some(({ outcome }) => isDefinite(outcome.is))
      ? []
      : [{ invariant: name, description: `${key} has no definite answer`, excerpt: excerptOfCommand(index, key) }]
  )

/** Contradictions: a rejected command has no events, and an accepted one is never rejected later. */
const contradicted = (index: EvidenceIndex): ReadonlyArray<Violation> =>
  Array.from(index.callsByCommand).flatMap(([key, calls]) => {
    const definite = calls.filter(({ outcome }) => isDefinite(outcome.is))
    const appendedCount = index.eventsByCommand.get(key)?.length ?? 0
    const firstDone = Math.min(
      ...definite.map(({ outcome, until }) => (outcome.is === "done" && outcome.facts.length > 0 ? until : Infinity))
    )
    const reversed = definite.find(
      ({ outcome, t }) =>
        t > firstDone && (outcome.is === "refused" || (outcome.is === "done" && outcome.facts.length === 0))
    )
    const wasDone = definite.some(({ outcome }) => outcome.is === "done" && outcome.facts.length > 0)
    if (reversed)
      return [
        { invariant: name, description: `${key} was done, and rejected later`, excerpt: excerptOfCommand(index, key) }
      ]
    if (appendedCount > 0 && !wasDone && definite.length > 0) {
      return [
        {
          invariant: name,
          description: `${key} was rejected, and is in the log`,
          excerpt: excerptOfCommand(index, key)
        }
      ]
    }
    return []
  })

export const resolved: Invariant = {
  name,
  promise: "an unknown outcome is resolved by sending the command again with the same id",
  check: (index) => [...unresolved(index), ...contradicted(index)]
}
