import { Effect, Random } from "effect"
import { StudentSubscribedToCourse } from "#examples/courses/domain/subscription/StudentSubscribedToCourse.ts"
import { otpMail } from "#examples/courses/features/otp-mail/index.ts"
import { studentCourses } from "#examples/courses/features/student-courses/index.ts"
import { courseExamples } from "#examples/courses/index.ts"
import type { BoardLoad, Client, CommandCall } from "../BoardLoad.ts"
import { opening, randomCommand } from "./coursesCommands.ts"
import { coursesInvariants } from "./coursesInvariants.ts"

/** The number of commands after which clients contend for other courses, names and products. */
const commandsPerGeneration = 250

/** So few that each wants more courses than a student may have. */
const studentsOfBatches = 5

const rowPath = ({ command, input }: CommandCall): string | undefined =>
  command === "SubscribeStudentToCourse"
    ? `/students/${(input as typeof StudentSubscribedToCourse.Type).student.id}/courses`
    : undefined

/** Teachers, students and customers, who contend for what few have. */
export const coursesLoad = (): BoardLoad => {
  let commands = 0
  let unique = 0

  const step = Effect.fnUntraced(function* ({ readRow, request, sendTwice }: Client) {
    const generation = Math.floor(commands / commandsPerGeneration)
    if (commands++ % commandsPerGeneration === 0)
      yield* Effect.forEach(opening(generation), request, { concurrency: "unbounded", discard: true })
    const command = yield* randomCommand(generation)
    if ((yield* Random.next) < 0.04) return yield* sendTwice(command)
    const outcome = yield* request(command)
    const seq = outcome.is === "done" && outcome.facts.length > 0 ? outcome.seq : 0
    const path = rowPath(command)
    if (seq > 0 && path !== undefined && (yield* Random.next) < 0.1) yield* readRow(path, seq)
  })

  const define = (capacity: number) => {
    const course = { id: `only-${++unique}` }
    return [course, { command: "DefineCourse", input: { course, capacity } }] as const
  }

  const subscribe = (course: object, student: string) => ({
    command: "SubscribeStudentToCourse",
    input: { course, student: { id: student } }
  })

  return {
    board: courseExamples,
    first: [],
    step,
    rush: (count) => {
      const [course, defined] = define(3)
      const students = Array.from({ length: count - 1 }, (_, n) => subscribe(course, `rush-${unique}-${n}`))
      return [defined, ...students]
    },
    batches: (count) => {
      const defined = Array.from({ length: count / 2 }, () => define(1))
      const student = (n: number) => `batch-${unique}-${n % studentsOfBatches}`
      return {
        before: defined.map(([, command]) => command),
        batches: defined.flatMap(([course], n) => [subscribe(course, student(n)), subscribe(course, student(n + 1))])
      }
    },
    busy: { view: studentCourses, automation: otpMail },
    unused: {
      event: StudentSubscribedToCourse,
      prefix: Effect.map(Random.nextIntBetween(1, 1_000_000), (n) => `course.subscription.unused-${n}`)
    },
    invariants: coursesInvariants
  }
}
