import type { Case, Invariant, Violation } from "./Case.ts"
import { lineOfFact, ofCommand } from "./excerpt.ts"

const name = "I4"

/** A batch is a run of neighbours, numbered from 1, of which the last commits. */
const broken = (about: Case): ReadonlyArray<Violation> => {
  const batches = Map.groupBy(
    about.evidence.log.filter(({ batch }) => batch !== undefined),
    ({ batch }) => batch!.id
  )
  return Array.from(batches).flatMap(([id, facts]) => {
    const isWhole = facts.every(
      ({ batch, position }, n) =>
        batch!.sequence === n + 1 && position === facts[0]!.position + n && batch!.commits === (n === facts.length - 1)
    )
    return isWhole
      ? []
      : [{ invariant: name, what: `the batch ${id} is not whole`, excerpt: facts.map((fact) => lineOfFact(fact)) }]
  })
}

/** A receipt names all that the command left. */
const partial = (about: Case): ReadonlyArray<Violation> =>
  about.calls.flatMap(({ key, outcome }) => {
    if (outcome.is !== "done" || outcome.facts.length === 0) return []
    const left = about.ofCommand.get(key)?.length ?? 0
    return left === outcome.facts.length || left === 0
      ? []
      : [
          {
            invariant: name,
            what: `${key} was answered with ${outcome.facts.length} facts, and left ${left}`,
            excerpt: ofCommand(about, key)
          }
        ]
  })

export const whole: Invariant = {
  name,
  promise: "the facts of a command are there together, or not at all",
  check: (about) => [...broken(about), ...partial(about)]
}
