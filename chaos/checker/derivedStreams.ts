import { Board } from "#domain/model/index.ts"
import { isAuxiliary } from "#layers/codec/Subject.ts"
import type { EvidenceIndex, DerivedMessage, Invariant, LoggedEvent, Violation } from "./Evidence.ts"
import { lineOfCall, lineOfEvent } from "./excerpt.ts"

const name = "I5"

/** Compares a derived stream with the events that it should have, in order. */
const compareOrder = (
  stream: string,
  messages: ReadonlyArray<DerivedMessage>,
  events: ReadonlyArray<LoggedEvent>
): ReadonlyArray<Violation> => {
  // An undecodable message of the log is copied too, and ignored here.
  const derived = messages.filter(({ id }) => id !== "")
  const at = events.findIndex(({ id }, n) => derived[n]?.id !== id)
  const differs = at >= 0 ? at : derived.length > events.length ? events.length : -1
  if (differs < 0) return []
  const [actual, expected] = [derived[differs], events[differs]]
  return [
    {
      invariant: name,
      description:
        `${stream} has ${derived.length} of ${events.length} events; ` +
        `number ${differs + 1} is ${actual ? `${actual.type} ${actual.id}` : "missing"}`,
      excerpt: expected ? [lineOfEvent(expected)] : []
    }
  ]
}

/** Copies and checks: they are in the log only. */
const auxiliary = (stream: string, messages: ReadonlyArray<DerivedMessage>): ReadonlyArray<Violation> =>
  messages.flatMap(({ subject }) =>
    isAuxiliary(subject)
      ? [{ invariant: name, description: `${stream} has ${subject}, which serves decisions only`, excerpt: [] }]
      : []
  )

/** Commands that were rejected or had nothing to do, and that the audit lacks. */
const unaudited = (index: EvidenceIndex, lines: ReadonlyArray<DerivedMessage>): ReadonlyArray<Violation> => {
  const audited = new Set(lines.map(({ commandId }) => commandId))
  return index.calls.flatMap((call) => {
    const { outcome, key } = call
    const appendedNothing = outcome.is === "refused" || (outcome.is === "done" && outcome.facts.length === 0)
    if (!appendedNothing || audited.has(key)) return []
    return [{ invariant: name, description: `${key} is not in the audit`, excerpt: [lineOfCall(index, call)] }]
  })
}

export const derivedStreams: Invariant = {
  name,
  promise: "lanes and audit have each event once, in order, and no copies; the audit has each rejection",
  check: (index) => {
    const { originals } = index
    const { board, derivedStreams } = index.evidence
    const lanes = Board.laneOf(board)
    const audit = derivedStreams.get("audit") ?? []
    return [
      ...Array.from(derivedStreams).flatMap(([stream, messages]) => auxiliary(stream, messages)),
      ...board.lanes.flatMap((lane) =>
        compareOrder(
          lane.name,
          derivedStreams.get(lane.name) ?? [],
          originals.filter(({ event }) => lanes.get(event._tag) === lane)
        )
      ),
      ...compareOrder(
        "audit",
        audit.filter(({ subject }) => subject.startsWith("audit.accepted.")),
        originals
      ),
      ...unaudited(
        index,
        audit.filter(({ subject }) => !subject.startsWith("audit.accepted."))
      )
    ]
  }
}
