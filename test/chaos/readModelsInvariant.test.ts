import { assert, it } from "@effect/vitest"
import { Board } from "#domain/model/index.ts"
import { CourseDefined } from "#examples/courses/domain/course/CourseDefined.ts"
import { StudentSubscribedToCourse } from "#examples/courses/domain/subscription/StudentSubscribedToCourse.ts"
import { courseExamples } from "#examples/courses/index.ts"
import { bucketOf } from "#layers/buckets/bucketNames.ts"
import { boardEvidence } from "#test/support/boardEvidence.ts"
import { EvidenceIndex } from "../../chaos/checker/Evidence.ts"
import { readModels } from "../../chaos/checker/readModels.ts"

const { evidenceOf } = boardEvidence(courseExamples)
const [course, student] = [{ id: "c1" }, { id: "s1" }]
const events = [new CourseDefined({ course, capacity: 3 }), new StudentSubscribedToCourse({ course, student })]
const good = evidenceOf(events.map((event, n) => ({ key: `k${n}`, command: "Any", input: {}, events: [event] })))

/** The violations if an app returns each row with these dead letters, and these messages are undecodable. */
const violations = (subjects: ReadonlyArray<string>, deadLetters: Readonly<Record<string, number>>) => {
  const observedRows = Board.views(courseExamples).flatMap((view) =>
    Array.from(good.rows.get(bucketOf(view))!, ([path, text]) => {
      const count = deadLetters[view.shows.name]
      const row = { ...(JSON.parse(text) as object), ...(count !== undefined && { deadLetters: count }) }
      return { app: "a", view: view.shows.name, path, row }
    })
  )
  const undecodable = new Map(subjects.map((subject, n) => [100 + n, subject]))
  return readModels
    .check(new EvidenceIndex({ ...good, observedRows, undecodable }))
    .map(({ description }) => description)
}

it("a row has the number of undecodable messages that it may lack, and no other", () => {
  assert.deepStrictEqual(violations([], {}), [])
  const subscriptions = ["c1", "c9"].map((id) => `courses.course.subscriptions.${id}.student-subscribed-to-course`)
  // The name of the event stream has no student, so each student may be concerned.
  assert.deepStrictEqual(violations(subscriptions, { Courses: 2, StudentCourses: 2 }), [])
  assert.deepStrictEqual(violations(["courses.course.courses.c9.course-defined"], { Courses: 1 }), [])
  assert.lengthOf(violations(subscriptions, { Courses: 2 }), 1)
  assert.lengthOf(violations(subscriptions, {}), 2)
  assert.lengthOf(violations([], { Courses: 1 }), 1)
})
