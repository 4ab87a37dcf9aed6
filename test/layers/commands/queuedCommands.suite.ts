import { assert, layer } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Option, Schedule } from "effect"
import { Actor, Board, Boundary, Slice } from "#domain/model/index.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { EventLog, emptyStream } from "#layers/services/EventLog.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"
import {
  freshId,
  type NoteTaken,
  OpenCourse,
  school,
  StudentRegistered,
  TakeNote,
  CourseBoundary,
  StudentBoundary
} from "#test/boards/schoolBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import { type Backend, runningBoard } from "#test/support/backends.ts"
import { testMetadata } from "#test/support/libraryFixtures.ts"

const anybody = { actor: "Anybody" }

/** The school, with an automation that opens the same course again for each student. */
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
    Effect.map(log.read(Boundary.streamId(CourseBoundary, { course })), ({ events }) =>
      events.map(({ event }) => (event as NoteTaken).text)
    )
  )

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

/** Commands on one event stream take turns, on every backend. */
export const queued = (backend: Backend) =>
  layer(runningBoard(withClerk, backend), { excludeTestServices: true, timeout: "30 seconds" })(
    `Concurrent commands on ${backend.name}`,
    (it) => {
      it.effect.each([64, 128, 256])(
        "%i commands on one event stream are decided in the order of their arrival, each on the events of the previous one",
        (count) =>
          Effect.gen(function* () {
            const { execute } = yield* Commands
            const course = freshId()
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

      it.effect("an interrupted command leaves the queue to the next", () =>
        Effect.gen(function* () {
          const { execute } = yield* Commands
          const course = freshId()
          const fibers = yield* Effect.forEach(numbers(40), () =>
            Effect.forkChild(execute(TakeNote, { course }, anybody))
          )
          yield* Effect.yieldNow
          yield* Effect.forEach(fibers, (fiber, n) => (n % 4 === 0 ? Effect.void : Fiber.interrupt(fiber)), {
            concurrency: "unbounded"
          })
          yield* Effect.forEach(fibers, (fiber, n) => (n % 4 === 0 ? Fiber.join(fiber) : Effect.void))
          yield* execute(TakeNote, { course }, anybody)
          const notes = yield* notesOf(course)
          assert.deepStrictEqual(notes, numbers(notes.length).map(String))
          assert.isAtLeast(notes.length, 11)
        })
      )

      it.effect(
        "an automation that writes to one event stream runs at least 100 commands a second, and delays no other command",
        () =>
          Effect.gen(function* () {
            const log = yield* EventLog
            const { execute } = yield* Commands
            const register = Effect.suspend(() => {
              const student = freshId()
              const events = [new StudentRegistered({ student })]
              return appendTo(
                log,
                Boundary.streamId(StudentBoundary, { student }),
                emptyStream,
                events,
                testMetadata(student.id)
              )
            })
            const waitMillis: Array<number> = []
            const unrelated = Effect.timed(execute(TakeNote, { course: freshId() }, anybody)).pipe(
              Effect.map(([spent]) => waitMillis.push(Duration.toMillis(spent))),
              Effect.repeat(Schedule.spaced("20 millis"))
            )
            const watching = yield* Effect.forkChild(unrelated)
            yield* Effect.forEach(numbers(1_000), () => register, { concurrency: 64, discard: true })
            const done = Effect.repeat(
              log.lastPosition(["CourseOpened"]).pipe(
                Effect.flatMap((position) => log.readAt(position)),
                Effect.map((newest) =>
                  Option.exists(newest, (read) => (read as RecordedEvent).streamRevision === 1_000)
                )
              ),
              { until: (isDone) => isDone, schedule: Schedule.spaced("20 millis") }
            )
            const [spent] = yield* Effect.timed(done)
            yield* Fiber.interrupt(watching)
            assert.isBelow(Duration.toMillis(spent), 10_000)
            assert.isNotEmpty(waitMillis)
            assert.isBelow(Math.max(...waitMillis), 1_000)
          })
      )
    }
  )
