import { acknowledged } from "./acknowledged.ts"
import { answers } from "./answers.ts"
import { atomicity } from "./atomicity.ts"
import { automations } from "./automations.ts"
import { calls } from "./calls.ts"
import { consistent } from "./consistent.ts"
import { deadLetters } from "./deadLetters.ts"
import { derivedStreams } from "./derivedStreams.ts"
import { EvidenceIndex, type Evidence, type Invariant, type Violation } from "./Evidence.ts"
import { idempotence } from "./idempotence.ts"
import { readModels } from "./readModels.ts"
import { replicas } from "./replicas.ts"
import { resolved } from "./resolved.ts"

/** The invariants that hold for every board under every fault. */
export const invariants: ReadonlyArray<Invariant> = [
  acknowledged,
  consistent,
  answers,
  idempotence,
  atomicity,
  readModels,
  derivedStreams,
  automations,
  calls,
  replicas,
  resolved,
  deadLetters
]

export interface Verdict {
  readonly invariant: Invariant
  readonly violations: ReadonlyArray<Violation>
}

/** The violations of each invariant, and of each of the board. */
export const check = (evidence: Evidence, ofBoard: ReadonlyArray<Invariant> = []): ReadonlyArray<Verdict> => {
  const index = new EvidenceIndex(evidence)
  return [...invariants, ...ofBoard].map((invariant) => ({ invariant, violations: invariant.check(index) }))
}

export const allViolations = (verdicts: ReadonlyArray<Verdict>): ReadonlyArray<Violation> =>
  verdicts.flatMap(({ violations }) => violations)
