import type { Call } from "../history.ts"
import type { EvidenceIndex, LoggedEvent } from "./Evidence.ts"

/** The index of the first element that is not before a time; they are in the order of their times. */
const firstFrom = <A extends { readonly t: number }>(sorted: ReadonlyArray<A>, t: number): number => {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]!.t < t) low = middle + 1
    else high = middle
  }
  return low
}

interface Bound {
  readonly t: number
  readonly position: number
}

/** Each bound with the extreme position of it and all before it. */
const accumulated = (bounds: ReadonlyArray<Bound>, extreme: (a: number, b: number) => number): ReadonlyArray<Bound> => {
  const all: Array<Bound> = []
  for (const { position, t } of bounds) all.push({ t, position: extreme(position, all.at(-1)?.position ?? position) })
  return all
}

const byTime = (a: Bound, b: Bound) => a.t - b.t

/** The ends of the log that a command may have seen. */
export interface Moments {
  readonly min: number
  readonly max: number
}

/**
 * Finds the ends of the log that a command may have seen: everything up to what was acknowledged before its request, and
 * nothing from what was first requested after its answer on. Events of automations have no request, so they are bounded by
 * their neighbours only.
 */
export const momentsOf = ({ calls, eventsByCommand, requests }: EvidenceIndex) => {
  const endOf = (key: string) => eventsByCommand.get(key)?.at(-1)?.position ?? 0
  const acknowledged = accumulated(
    calls
      .flatMap(({ key, outcome, until }) =>
        outcome.is === "done" && outcome.facts.length > 0 ? [{ t: until, position: endOf(key) }] : []
      )
      .sort(byTime),
    Math.max
  )
  const requested = accumulated(
    Array.from(requests.values())
      .flatMap(({ key, t }) => {
        const first = eventsByCommand.get(key)?.[0]
        // Negated, so that the latest request comes first.
        return first ? [{ t: -t, position: first.position - 1 }] : []
      })
      .sort(byTime),
    Math.min
  )
  return ({ t, until }: Call): Moments => {
    const min = acknowledged[firstFrom(acknowledged, t) - 1]?.position ?? 0
    return { min, max: Math.max(min, requested[firstFrom(requested, -until) - 1]?.position ?? Infinity) }
  }
}

/** The positions at which these events were complete, each command's at once, among the moments. */
export const changesDuring = (
  { eventsByCommand }: EvidenceIndex,
  events: ReadonlyArray<LoggedEvent>,
  { max, min }: Moments
): ReadonlyArray<number> => {
  const ends = events.map(({ commandId }) => eventsByCommand.get(commandId)!.at(-1)!.position)
  return [...new Set([min, ...ends.filter((end) => end > min && end <= max)])]
}
