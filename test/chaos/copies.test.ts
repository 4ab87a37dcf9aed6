import { assert, describe, it } from "@effect/vitest"
import { CourseDefined } from "#examples/courses/domain/course/CourseDefined.ts"
import { StudentSubscribedToCourse } from "#examples/courses/domain/subscription/StudentSubscribedToCourse.ts"
import { courseExamples } from "#examples/courses/index.ts"
import { boardEvidence, type CommandStep } from "#test/support/boardEvidence.ts"
import type { Evidence, LoggedEvent, LoggedMessage } from "../../chaos/checker/Evidence.ts"
import { check } from "../../chaos/checker/index.ts"
import { coursesInvariants } from "../../chaos/load/courses/coursesInvariants.ts"

const { evidenceOf, logOf } = boardEvidence(courseExamples)
const [ann, bob] = [{ id: "ann" }, { id: "bob" }]

const define = (id: string, capacity = 1): CommandStep => ({
  key: `define-${id}`,
  command: "DefineCourse",
  input: { course: { id }, capacity },
  events: [new CourseDefined({ course: { id }, capacity })]
})
const subscribe = (id: string, student: { readonly id: string }): CommandStep => ({
  key: `${student.id}-${id}`,
  command: "SubscribeStudentToCourse",
  input: { course: { id }, student },
  events: [new StudentSubscribedToCourse({ course: { id }, student })]
})

/** Positions: 1, 2 the courses; 3, 4 ann's first subscription and its copy; 5, 6 her second one and its copy. */
const steps = [define("c1"), define("c2"), subscribe("c1", ann), subscribe("c2", ann)]
const valid = evidenceOf(steps)
const log = logOf(steps)

/** The log with a check behind the second course: it carries a guard of the same write. */
const withCheck = log.map((event) =>
  event.position < 2
    ? event
    : event.position === 2
      ? { ...event, batch: { id: "d", sequence: 1, commits: false } }
      : { ...event, position: event.position + 1 }
)
const checkAt = (position: number): LoggedMessage => ({
  position,
  subject: "courses.@check",
  batch: { id: "d", sequence: 2, commits: true }
})

const violations = (evidence: Evidence) => check(evidence, coursesInvariants).flatMap(({ violations }) => violations)
const violatedBy = (evidence: Evidence) => violations(evidence).map(({ invariant }) => invariant)
const changed = (position: number, more: Partial<LoggedEvent>) =>
  log.map((event) => (event.position === position ? { ...event, ...more } : event))
const withLog = (changedLog: ReadonlyArray<LoggedEvent>) => evidenceOf(steps, { log: changedLog })
const derivedAlso = (stream: string, subject: string): Evidence => {
  const message = { subject, id: "", type: "", commandId: "" }
  const all = [...valid.derivedStreams.get(stream)!, message]
  return { ...valid, derivedStreams: new Map([...valid.derivedStreams, [stream, all]]) }
}

describe("The checker of copies and checks", () => {
  it("finds nothing where each event has its copies, and each guard its message", () => {
    assert.deepStrictEqual(violations(valid), [])
    const mark = { position: 8, subject: "courses.@command.x" }
    assert.deepStrictEqual(violations(evidenceOf(steps, { log: withCheck, checks: [checkAt(3), mark] })), [])
  })

  it("finds a batch without its last check, and one with a check elsewhere", () => {
    assert.include(violatedBy(withLog(withCheck)), "I4")
    assert.include(violatedBy(evidenceOf(steps, { log: withCheck, checks: [checkAt(8)] })), "I4")
  })

  it("finds an event without its copy", () => {
    const found = violations(withLog(log.filter(({ position }) => position !== 6)))
    assert.include(
      found.map(({ invariant, description }) => `${invariant} ${description}`),
      "I2 SubscribeStudentToCourse ann-c2 at position 5: it was stored as StudentSubscribedToCourse at 2 of course/c2 " +
        "instead of StudentSubscribedToCourse at 2 of course/c2, a copy of StudentSubscribedToCourse at 2 of student/ann"
    )
  })

  it("finds a copy with another number in its event stream", () => {
    assert.include(violatedBy(withLog(changed(6, { streamRevision: 1 }))), "I2")
  })

  it("finds a copy of another event, and one in another event stream", () => {
    assert.include(violatedBy(withLog(changed(6, { copyOf: log[2]!.id }))), "I2")
    assert.include(violatedBy(withLog(changed(6, { streamId: "student/bob", streamRevision: 1 }))), "I2")
  })

  it("finds a copy that does not directly follow its event", () => {
    const [event, copy, next, nextCopy] = log.slice(2) as [LoggedEvent, LoggedEvent, LoggedEvent, LoggedEvent]
    const mixed = [...log.slice(0, 2), event, next, copy, nextCopy].map((each, n) => ({ ...each, position: n + 1 }))
    assert.includeMembers(violatedBy(withLog(mixed)), ["I2", "I3", "I4"])
    const check = { position: 6, subject: "courses.@check" }
    assert.include(violatedBy(evidenceOf(steps, { log: changed(6, { position: 7 }), checks: [check] })), "I2")
  })

  it("finds the parts of a command in two batches", () => {
    const alone = (id: string) => ({ batch: { id, sequence: 1, commits: true } })
    const parts = log.map((event) => (event.position > 4 ? { ...event, ...alone(event.id) } : event))
    assert.include(violatedBy(withLog(parts)), "I4")
  })

  it("finds a copy or a check in a derived stream", () => {
    assert.include(violatedBy(derivedAlso("audit", "audit.accepted.@check")), "I5")
    assert.include(violatedBy(derivedAlso("audit", "audit.accepted.student.@subscription.ann.x")), "I5")
  })

  it("finds more students than a course has seats, and more courses than a student may have", () => {
    assert.includeMembers(violatedBy(evidenceOf([define("c1"), subscribe("c1", ann), subscribe("c1", bob)])), [
      "I2",
      "C1"
    ])
    const many = Array.from({ length: 6 }, (_, n) => `c${n}`)
    const greedy = [...many.map((id) => define(id)), ...many.map((id) => subscribe(id, ann))]
    assert.includeMembers(violatedBy(evidenceOf(greedy)), ["I2", "C1"])
  })
})
