import type { Case, Invariant, Violation } from "./Case.ts"
import { lineOfFact, ofPlace } from "./excerpt.ts"
import { oracle } from "./oracle.ts"

const name = "I2"

const violation = (about: Case, place: string, what: string, facts: ReadonlyArray<string>): Violation => ({
  invariant: name,
  what,
  excerpt: [...facts, ...ofPlace(about, place).filter((line) => !facts.includes(line))]
})

export const consistent: Invariant = {
  name,
  promise: "each fact is what its command's rule says on all that stood before it, so nothing is booked twice",
  check: (about) =>
    oracle(about.evidence.board, about.evidence.log, (key) => about.asks.get(key)?.input).map(({ facts, reason }) => {
      const [first] = facts
      return violation(
        about,
        first!.place,
        `${first!.command} ${first!.commandId} at position ${first!.position}: ${reason}`,
        facts.map((fact) => lineOfFact(fact))
      )
    })
}
