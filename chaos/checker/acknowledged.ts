import type { Case, Invariant, Violation } from "./Case.ts"
import { ofCommand } from "./excerpt.ts"

const name = "I1"

/** What an answer says was stored, and is not there. */
const missing = (about: Case): ReadonlyArray<Violation> =>
  about.calls.flatMap(({ key, outcome }) => {
    if (outcome.is !== "done") return []
    const lost = outcome.facts.find(({ id, position, type }) => {
      const there = about.at.get(position)
      return there?.id !== id || there.fact._tag !== type || there.commandId !== key
    })
    if (!lost) return []
    const there = about.at.get(lost.position)
    const what = there ? `there is ${there.fact._tag} ${there.id}` : "there is nothing"
    return [
      {
        invariant: name,
        what: `${lost.type} ${lost.id} was acknowledged at position ${lost.position}, where ${what}`,
        excerpt: ofCommand(about, key)
      }
    ]
  })

/** A fact that stands in the log a second time. */
const doubled = (about: Case): ReadonlyArray<Violation> => {
  const seen = new Map<string, number>()
  return about.evidence.log.flatMap(({ id, position, commandId }) => {
    const first = seen.get(id)
    if (first === undefined) {
      seen.set(id, position)
      return []
    }
    const what = `the fact ${id} stands at position ${first}, and again at ${position}`
    return [{ invariant: name, what, excerpt: ofCommand(about, commandId) }]
  })
}

/** Positions in a log from which nothing is ever deleted have no gaps. */
const gaps = ({ evidence: { log, strange } }: Case): ReadonlyArray<Violation> => {
  const positions = [...log.map(({ position }) => position), ...strange.keys()].sort((a, b) => a - b)
  const gap = positions.findIndex((position, n) => position !== n + 1)
  if (gap < 0) return []
  return [{ invariant: name, what: `the log has no position ${gap + 1}`, excerpt: [] }]
}

export const acknowledged: Invariant = {
  name,
  promise: "every acknowledged fact is there once, at its position",
  check: (about) => [...missing(about), ...doubled(about), ...gaps(about)]
}
