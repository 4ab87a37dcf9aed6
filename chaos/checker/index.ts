import { acknowledged } from "./acknowledged.ts"
import { answers } from "./answers.ts"
import { calls } from "./calls.ts"
import { Case, type Evidence, type Invariant, type Violation } from "./Case.ts"
import { consistent } from "./consistent.ts"
import { copies } from "./copies.ts"
import { effects } from "./effects.ts"
import { once } from "./once.ts"
import { parked } from "./parked.ts"
import { readModels } from "./readModels.ts"
import { replicas } from "./replicas.ts"
import { resolved } from "./resolved.ts"
import { whole } from "./whole.ts"

/** What is promised, whatever happens. */
export const invariants: ReadonlyArray<Invariant> = [
  acknowledged,
  consistent,
  answers,
  once,
  whole,
  readModels,
  copies,
  effects,
  calls,
  replicas,
  resolved,
  parked
]

export interface Verdict {
  readonly invariant: Invariant
  readonly violations: ReadonlyArray<Violation>
}

/** Of each promise, how it was not kept. */
export const check = (evidence: Evidence): ReadonlyArray<Verdict> => {
  const about = new Case(evidence)
  return invariants.map((invariant) => ({ invariant, violations: invariant.check(about) }))
}

export const violationsIn = (verdicts: ReadonlyArray<Verdict>): ReadonlyArray<Violation> =>
  verdicts.flatMap(({ violations }) => violations)
