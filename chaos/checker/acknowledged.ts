import { isOriginal } from "#layers/services/RecordedEvent.ts"
import type { EvidenceIndex, Invariant, Violation } from "./Evidence.ts"
import { excerptOfCommand } from "./excerpt.ts"

const name = "I1"

/** Events that an answer acknowledged and that the log lacks. */
const missingEvents = (index: EvidenceIndex): ReadonlyArray<Violation> =>
  index.calls.flatMap(({ key, outcome }) => {
    if (outcome.is !== "done") return []
    const lostEvent = outcome.facts.find(({ id, position, type }) => {
      const found = index.eventAt.get(position)
      return found?.id !== id || found.event._tag !== type || found.commandId !== key || !isOriginal(found)
    })
    if (!lostEvent) return []
    const found = index.eventAt.get(lostEvent.position)
    const what = found ? `there is ${found.event._tag} ${found.id}` : "there is nothing"
    return [
      {
        invariant: name,
        description: `${lostEvent.type} ${lostEvent.id} was acknowledged at position ${lostEvent.position}, where ${what}`,
        excerpt: excerptOfCommand(index, key)
      }
    ]
  })

/** Events that are in the log twice. */
const duplicatedEvents = (index: EvidenceIndex): ReadonlyArray<Violation> => {
  const seen = new Map<string, number>()
  return index.evidence.log.flatMap(({ id, position, commandId }) => {
    const first = seen.get(id)
    if (first === undefined) {
      seen.set(id, position)
      return []
    }
    const what = `the event ${id} is at position ${first}, and again at ${position}`
    return [{ invariant: name, description: what, excerpt: excerptOfCommand(index, commandId) }]
  })
}

/** Gaps in the positions of the log, from which nothing is ever deleted. */
const gaps = ({ evidence: { checks, log, undecodable } }: EvidenceIndex): ReadonlyArray<Violation> => {
  const positions = [...[...log, ...checks].map(({ position }) => position), ...undecodable.keys()].sort(
    (a, b) => a - b
  )
  const gap = positions.findIndex((position, n) => position !== n + 1)
  if (gap < 0) return []
  return [{ invariant: name, description: `the log has no position ${gap + 1}`, excerpt: [] }]
}

export const acknowledged: Invariant = {
  name,
  promise: "every acknowledged event is in the log once, at its position",
  check: (index) => [...missingEvents(index), ...duplicatedEvents(index), ...gaps(index)]
}
