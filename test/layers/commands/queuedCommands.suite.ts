import { assert, layer } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Option, Schedule } from "effect"
import { Actor, Board, Boundary, Slice } from "#domain/model/index.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { EventLog, untouched } from "#layers/services/EventLog.ts"
import type { Recorded } from "#layers/services/RecordedEvent.ts"
import {
  fresh,
  type NoteTaken,
  OpenCourse,
  school,
  StudentRegistered,
  TakeNote,
  TheCourse,
  TheStudent
} from "#test/boards/schoolBoard.ts"
import { origin } from "#test/support/library.ts"
import { type Ground, running } from "#test/support/services.ts"

const anybody = { actor: "Anybody" }

/** The school, with a clerk who opens the one course of all anew for each student. */
const withClerk = Board.make({
  ...school,
  slices: [
    ...school.slices,
    Slice.automation({
      title: "Clerk opens a course",
      rules: [],
      name: "open-course",
      by: Actor.make("Clerk"),
      when: [StudentRegistered],
      issues: OpenCourse,
      react: () => [{ course: { id: "everybody" }, seats: 1 }],
      scenarios: {}
    })
  ]
})

const notesOf = (course: { readonly id: string }) =>
  Effect.flatMap(EventLog, (log) =>
    Effect.map(log.read(Boundary.place(TheCourse, { course })), ({ facts }) =>
      facts.map(({ fact }) => (fact as NoteTaken).text)
    )
  )

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

/** Commands on one event stream take turns: the same on every ground. */
export const queued = (ground: Ground) =>
  layer(running(withClerk, ground), { excludeTestServices: true, timeout: "30 seconds" })(
    `Many at once on ${ground.name}`,
    (it) => {
      it.effect.each([64, 128, 256])(
        "%i commands on one event stream are all decided, each on the one before, in the order in which they came",
        (count) =>
          Effect.gen(function* () {
            const { execute } = yield* Commands
            const course = fresh()
            const exits = yield* Effect.forEach(
              numbers(count),
              (n) => Effect.exit(execute(TakeNote, { course }, { ...anybody, commandId: `${course.id}/${n}` })),
              { concurrency: "unbounded" }
            )
            assert.deepStrictEqual(exits.filter(Exit.isFailure), [])
            assert.deepStrictEqual(yield* notesOf(course), numbers(count).map(String))
            const positions = exits.map((exit) => (Exit.isSuccess(exit) ? exit.value.seq : 0))
            assert.deepStrictEqual(
              positions,
              positions.toSorted((a, b) => a - b)
            )
          })
      )

      it.effect("a command whose caller has gone makes room for the next", () =>
        Effect.gen(function* () {
          const { execute } = yield* Commands
          const course = fresh()
          const asked = yield* Effect.forEach(numbers(40), () =>
            Effect.forkChild(execute(TakeNote, { course }, anybody))
          )
          yield* Effect.yieldNow
          yield* Effect.forEach(asked, (fiber, n) => (n % 4 === 0 ? Effect.void : Fiber.interrupt(fiber)), {
            concurrency: "unbounded"
          })
          yield* Effect.forEach(asked, (fiber, n) => (n % 4 === 0 ? Fiber.join(fiber) : Effect.void))
          yield* execute(TakeNote, { course }, anybody)
          const notes = yield* notesOf(course)
          assert.deepStrictEqual(notes, numbers(notes.length).map(String))
          assert.isAtLeast(notes.length, 11)
        })
      )

      it.effect(
        "an automation that writes to one event stream does at least 100 a second, and hurts no other command",
        () =>
          Effect.gen(function* () {
            const log = yield* EventLog
            const { execute } = yield* Commands
            const register = Effect.suspend(() => {
              const student = fresh()
              const facts = [new StudentRegistered({ student })]
              return log.append(Boundary.place(TheStudent, { student }), untouched, facts, origin(student.id))
            })
            const waited: Array<number> = []
            const unrelated = Effect.timed(execute(TakeNote, { course: fresh() }, anybody)).pipe(
              Effect.map(([spent]) => waited.push(Duration.toMillis(spent))),
              Effect.repeat(Schedule.spaced("20 millis"))
            )
            const watching = yield* Effect.forkChild(unrelated)
            yield* Effect.forEach(numbers(1_000), () => register, { concurrency: 64, discard: true })
            const done = Effect.repeat(
              log.newest(["CourseOpened"]).pipe(
                Effect.flatMap((position) => log.at(position)),
                Effect.map((newest) => Option.exists(newest, (read) => (read as Recorded).index === 1_000))
              ),
              { until: (isDone) => isDone, schedule: Schedule.spaced("20 millis") }
            )
            const [spent] = yield* Effect.timed(done)
            yield* Fiber.interrupt(watching)
            assert.isBelow(Duration.toMillis(spent), 10_000)
            assert.isNotEmpty(waited)
            assert.isBelow(Math.max(...waited), 1_000)
          })
      )
    }
  )
