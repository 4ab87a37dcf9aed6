import { isOriginal } from "#layers/services/RecordedEvent.ts"
import type { EvidenceIndex, Invariant, LoggedMessage, Violation } from "./Evidence.ts"
import { lineOfEvent, excerptOfCommand } from "./excerpt.ts"

const name = "I4"

/** Incomplete batches: a batch is a run of adjacent messages, numbered from 1, of which the last one commits. */
const brokenBatches = ({ eventAt, evidence }: EvidenceIndex): ReadonlyArray<Violation> => {
  const messages: ReadonlyArray<LoggedMessage> = [...evidence.log, ...evidence.checks]
  const batches = Map.groupBy(
    messages.filter(({ batch }) => batch !== undefined).sort((a, b) => a.position - b.position),
    ({ batch }) => batch!.id
  )
  return Array.from(batches).flatMap(([id, all]) => {
    const isComplete = all.every(
      ({ batch, position }, n) =>
        batch!.sequence === n + 1 && position === all[0]!.position + n && batch!.commits === (n === all.length - 1)
    )
    return isComplete
      ? []
      : [
          {
            invariant: name,
            description: `the batch ${id} is incomplete`,
            excerpt: all.map(({ position, subject }) => {
              const event = eventAt.get(position)
              return event ? lineOfEvent(event) : `log ${position}  ${subject}`
            })
          }
        ]
  })
}

/** Receipts that do not name all events that the command appended. */
const partialReceipts = (index: EvidenceIndex): ReadonlyArray<Violation> =>
  index.calls.flatMap(({ key, outcome }) => {
    if (outcome.is !== "done" || outcome.facts.length === 0) return []
    const appendedCount = index.eventsByCommand.get(key)?.filter(isOriginal).length ?? 0
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

/** Commands whose events are in several batches: only part of them may have been stored. */
const splitCommands = (index: EvidenceIndex): ReadonlyArray<Violation> =>
  Array.from(index.eventsByCommand).flatMap(([key, events]) =>
    new Set(events.map(({ batch }) => batch?.id)).size === 1
      ? []
      : [
          {
            invariant: name,
            description: `the events of ${key} were not stored in one batch`,
            excerpt: excerptOfCommand(index, key)
          }
        ]
  )

export const atomicity: Invariant = {
  name,
  promise: "the events of a command, and their copies, are in the log together, or not at all",
  check: (index) => [...brokenBatches(index), ...splitCommands(index), ...partialReceipts(index)]
}
