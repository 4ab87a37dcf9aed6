import type { EvidenceIndex, Invariant, LoggedEvent, Violation } from "../checker/Evidence.ts"
import { lineOfEvent } from "../checker/excerpt.ts"

/** Reports what is wrong with an event, after all events before it. */
export type Find = (event: LoggedEvent) => string | undefined

/** An invariant of a board that is checked event by event. `start` begins with an empty log. */
export const eventInvariant = (name: string, promise: string, start: (index: EvidenceIndex) => Find): Invariant => ({
  name,
  promise,
  check: (index) => {
    const find = start(index)
    return index.originals.flatMap((event): ReadonlyArray<Violation> => {
      const description = find(event)
      return description === undefined ? [] : [{ invariant: name, description, excerpt: [lineOfEvent(event)] }]
    })
  }
})
