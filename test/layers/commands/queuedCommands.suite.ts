import { assert, layer } from "@effect/vitest"
import { Context, Duration, Effect, Exit, Fiber, Layer, Option, Schedule } from "effect"
import { Actor, Board, Boundary, Slice } from "#domain/model/index.ts"
import * as CommandHandler from "#layers/commands/commandHandler.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { EventLog, emptyStream, LogUnavailable } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"
import {
  freshId,
  NoteTaken,
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

      it.effect("are decided again, in order, if another process has changed their event stream", () =>
        Effect.gen(function* () {
          const { execute } = yield* Commands
          const log = yield* EventLog
          const course = freshId()
          yield* execute(TakeNote, { course }, anybody)
          const streamId = Boundary.streamId(CourseBoundary, { course })
          const foreign = [new NoteTaken({ course, text: "1" })]
          yield* appendTo(log, streamId, yield* log.read(streamId), foreign, testMetadata(`foreign-${course.id}`))
          yield* Effect.forEach(numbers(64), () => execute(TakeNote, { course }, anybody), {
            concurrency: "unbounded"
          })
          assert.deepStrictEqual(yield* notesOf(course), numbers(66).map(String))
        })
      )

      it.effect("run once each if they are repeated while they run", () =>
        Effect.gen(function* () {
          const { execute } = yield* Commands
          const course = freshId()
          const receipts = yield* Effect.forEach(
            numbers(96),
            (n) => execute(TakeNote, { course }, { ...anybody, commandId: `${course.id}/${n % 32}` }),
            { concurrency: "unbounded" }
          )
          assert.strictEqual(receipts.filter(({ duplicate }) => !duplicate).length, 32)
          for (const [n, { seq }] of receipts.entries()) assert.strictEqual(seq, receipts[n % 32]!.seq)
          assert.deepStrictEqual(yield* notesOf(course), numbers(32).map(String))
        })
      )

      it.effect.each([true, false])(
        "are all decided if the answer to one of them is lost, and it was stored: %s",
        (isStored) =>
          Effect.gen(function* () {
            const log = yield* EventLog
            let appends = 0
            const append: typeof log.append = (...args) =>
              Effect.suspend(() => {
                if (++appends !== 5) return log.append(...args)
                const lost = Effect.fail(new LogUnavailable({ reason: "the answer was lost" }))
                return isStored ? Effect.andThen(log.append(...args), lost) : lost
              })
            const { execute } = yield* Layer.build(
              Layer.fresh(CommandHandler.layer(school)).pipe(Layer.provide(Ids.layer))
            ).pipe(
              Effect.map((context) => Context.get(context, Commands)),
              Effect.provideService(EventLog, { ...log, append })
            )
            const course = freshId()
            yield* Effect.forEach(numbers(40), () => execute(TakeNote, { course }, anybody), {
              concurrency: "unbounded"
            })
            assert.isTrue(isStored ? appends === 40 : appends > 40, `${appends} appends`)
            assert.deepStrictEqual(yield* notesOf(course), numbers(40).map(String))
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
