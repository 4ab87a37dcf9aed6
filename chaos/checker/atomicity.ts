import type { EvidenceIndex, Invariant, Violation } from "./Evidence.ts"
import { lineOfEvent, excerptOfCommand } from "./excerpt.ts"

const name = "I4"

/** Incomplete batches: a batch is a run of adjacent messages, numbered from 1, of which the last one commits. */
const brokenBatches = (index: EvidenceIndex): ReadonlyArray<Violation> => {
  const batches = Map.groupBy(
    index.evidence.log.filter(({ batch }) => batch !== undefined),
    ({ batch }) => batch!.id
  )
  return Array.from(batches).flatMap(([id, events]) => {
    const isComplete = events.every(
      ({ batch, position }, n) =>
        batch!.sequence === n + 1 &&
        position === events[0]!.position + n &&
        batch!.commits === (n === events.length - 1)
    )
    return isComplete
      ? []
      : [
          {
            invariant: name,
            description: `the batch ${id} is incomplete`,
            excerpt: events.map((event) => lineOfEvent(event))
          }
        ]
  })
}

/** Receipts that do not name all events that the command appended. */
const partialReceipts = (index: EvidenceIndex): ReadonlyArray<Violation> =>
  index.calls.flatMap(({ key, outcome }) => {
    if (outcome.is !== "done" || outcome.facts.length === 0) return []
    const appendedCount = index.eventsByCommand.get(key)?.length ?? 0
    return appendedCount === outcome.facts.length || appendedCount === 0
      ? []
      : [
          {
            invariant: name,
            description: `${key} was answered with ${outcome.facts.length} events, and appended ${appendedCount}`,
            excerpt: excerptOfCommand(index, key)
          }
        ]
  })

export const atomicity: Invariant = {
  name,
  promise: "the events of a command are in the log together, or not at all",
  check: (index) => [...brokenBatches(index), ...partialReceipts(index)]
}
