import { Board } from "#domain/model/index.ts"
import type { Case, Copy, Invariant, Logged, Violation } from "./Case.ts"
import { lineOfCall, lineOfFact } from "./excerpt.ts"

const name = "I5"

/** What a stream that is made from the log should have, in order. */
const follows = (stream: string, all: ReadonlyArray<Copy>, facts: ReadonlyArray<Logged>): ReadonlyArray<Violation> => {
  // What is no fact in the log is none in its copies.
  const copies = all.filter(({ id }) => id !== "")
  const at = facts.findIndex(({ id }, n) => copies[n]?.id !== id)
  const differs = at >= 0 ? at : copies.length > facts.length ? facts.length : -1
  if (differs < 0) return []
  const [is, should] = [copies[differs], facts[differs]]
  return [
    {
      invariant: name,
      what:
        `${stream} has ${copies.length} facts of ${facts.length}; ` +
        `number ${differs + 1} is ${is ? `${is.type} ${is.id}` : "missing"}`,
      excerpt: should ? [lineOfFact(should)] : []
    }
  ]
}

/** Whoever was told "no", or that there was nothing to do, stands in the audit. */
const unaudited = (about: Case, lines: ReadonlyArray<Copy>): ReadonlyArray<Violation> => {
  const audited = new Set(lines.map(({ commandId }) => commandId))
  return about.calls.flatMap((call) => {
    const { outcome, key } = call
    const leftNothing = outcome.is === "refused" || (outcome.is === "done" && outcome.facts.length === 0)
    if (!leftNothing || audited.has(key)) return []
    return [{ invariant: name, what: `${key} is not in the audit`, excerpt: [lineOfCall(about, call)] }]
  })
}

export const copies: Invariant = {
  name,
  promise: "lanes and audit have each fact once, in order; the audit has each refusal",
  check: (about) => {
    const { board, copies, log } = about.evidence
    const lanes = Board.laneOf(board)
    const audit = copies.get("audit") ?? []
    return [
      ...board.lanes.flatMap((lane) =>
        follows(
          lane.name,
          copies.get(lane.name) ?? [],
          log.filter(({ fact }) => lanes.get(fact._tag) === lane)
        )
      ),
      ...follows(
        "audit",
        audit.filter(({ subject }) => subject.startsWith("audit.accepted.")),
        log
      ),
      ...unaudited(
        about,
        audit.filter(({ subject }) => !subject.startsWith("audit.accepted."))
      )
    ]
  }
}
