import type { Case, Invariant, Violation } from "./Case.ts"
import { ofCommand } from "./excerpt.ts"

const name = "I9"

const isDefinite = (is: string) => is === "done" || is === "refused"

/** Everybody who kept asking was told, in the end. */
const open = (about: Case): ReadonlyArray<Violation> =>
  Array.from(about.asks.keys()).flatMap((key) =>
    about.callsOf.get(key)?.some(({ outcome }) => isDefinite(outcome.is))
      ? []
      : [{ invariant: name, what: `${key} has no definite answer`, excerpt: ofCommand(about, key) }]
  )

/** Who was told "no" in the end left nothing; who was told "done" once is told so ever after. */
const contradicted = (about: Case): ReadonlyArray<Violation> =>
  Array.from(about.callsOf).flatMap(([key, calls]) => {
    const definite = calls.filter(({ outcome }) => isDefinite(outcome.is))
    const left = about.ofCommand.get(key)?.length ?? 0
    const end = Math.min(
      ...definite.map(({ outcome, until }) => (outcome.is === "done" && outcome.facts.length > 0 ? until : Infinity))
    )
    const turned = definite.find(
      ({ outcome, t }) => t > end && (outcome.is === "refused" || (outcome.is === "done" && outcome.facts.length === 0))
    )
    const told = definite.some(({ outcome }) => outcome.is === "done" && outcome.facts.length > 0)
    if (turned) return [{ invariant: name, what: `${key} was done, and denied later`, excerpt: ofCommand(about, key) }]
    if (left > 0 && !told && definite.length > 0) {
      return [{ invariant: name, what: `${key} was denied, and is in the log`, excerpt: ofCommand(about, key) }]
    }
    return []
  })

export const resolved: Invariant = {
  name,
  promise: "an unknown outcome is resolved by asking again with the same id",
  check: (about) => [...open(about), ...contradicted(about)]
}
