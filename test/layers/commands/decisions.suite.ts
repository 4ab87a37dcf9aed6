import { assert, layer } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { Actor, Board, Boundary, Slice } from "#domain/model/index.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { subscriptions } from "#layers/processors/boardSubscriptions.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import {
  faults,
  freshId,
  Misbehave,
  Register,
  school,
  TakeNote,
  TakeNotes,
  CourseBoundary
} from "#test/boards/schoolBoard.ts"
import { type Backend, runningBoard } from "#test/support/backends.ts"

const anybody = { actor: "Anybody" }

/** The input of the clerk's command when a student with this id registers. */
const orders = new Map<string, { readonly count: number; readonly length: number }>()

/** The school, with an automation whose commands fail permanently. */
const withClerk = Board.make({
  ...school,
  slices: [
    ...school.slices,
    Slice.automation({
      title: "Clerk asks for too much",
      rules: [],
      name: "take-notes",
      by: Actor.make("Clerk"),
      when: Register.emits,
      issues: TakeNotes,
      react: ({ student }) => {
        const order = orders.get(student.id)
        return order ? [{ course: student, ...order }] : []
      },
      scenarios: {}
    })
  ]
})

const clerk = subscriptions(withClerk).automations[0]!.subscription.name

const countOf = (course: { readonly id: string }) =>
  Effect.flatMap(EventLog, (log) =>
    Effect.map(log.read(Boundary.streamId(CourseBoundary, { course })), ({ count }) => count)
  )

/** Decisions that are invalid or cannot be stored, on every backend. */
export const decisions = (backend: Backend) =>
  layer(runningBoard(withClerk, backend), { excludeTestServices: true, timeout: "30 seconds" })(
    `Decisions on ${backend.name}`,
    (it) => {
      it.effect.each(faults)(
        "%s is an invalid decision in a run and a dry run, on an empty stream and a later one, and nothing is written",
        (fault) =>
          Effect.gen(function* () {
            const { dryRun, execute } = yield* Commands
            const course = freshId()
            for (const notes of [0, 1]) {
              const request = [Misbehave, { course, fault }] as const
              for (const run of [execute(...request, anybody), dryRun(...request, anybody)]) {
                const error = yield* Effect.flip<unknown, { _tag: string; message?: string }, never>(run)
                assert.strictEqual(error._tag, "InvalidDecision")
                assert.include(error.message, `The command Misbehave on course/${course.id} made an invalid decision.`)
              }
              assert.deepStrictEqual([yield* countOf(course), yield* countOf({ id: `${course.id}x` })], [notes, 0])
              yield* execute(TakeNote, { course }, anybody)
            }
          })
      )

      it.effect("an invalid decision says which event, of which event stream, and what to do", () =>
        Effect.gen(function* () {
          const { execute } = yield* Commands
          const error = yield* Effect.flip(
            execute(Misbehave, { course: { id: "a" }, fault: "another stream" }, anybody)
          )
          assert.strictEqual(
            (error as Error).message,
            "The command Misbehave on course/a made an invalid decision. Its decide returned the event NoteTaken of " +
              "course/ax, which is another event stream: take the fields of its key from the command's input, or let " +
              "the command guard that event stream. Nothing was written."
          )
        })
      )

      it.effect("1,000 events are stored together; more are too many, in a run and a dry run", () =>
        Effect.gen(function* () {
          const { dryRun, execute } = yield* Commands
          const course = freshId()
          const tooMany = { course, count: 1_001, length: 1 }
          for (const run of [execute(TakeNotes, tooMany, anybody), dryRun(TakeNotes, tooMany, anybody)]) {
            const error = yield* Effect.flip<unknown, { _tag: string }, never>(run)
            assert.deepInclude<object>(error, { _tag: "TooManyEvents", count: 1_001, max: 1_000 })
            assert.include((error as unknown as Error).message, "too many events in one command (1001; at most 1,000)")
          }
          assert.strictEqual(yield* countOf(course), 0)
          const { facts } = yield* execute(TakeNotes, { ...tooMany, count: 1_000 }, anybody)
          assert.deepStrictEqual([facts.length, yield* countOf(course)], [1_000, 1_000])
        })
      )

      it.effect(
        "an event or a rejection over the size limit of its JetStream stream fails with its type and size",
        () =>
          Effect.gen(function* () {
            const { execute } = yield* Commands
            const course = freshId()
            for (const count of [1, 2, -1]) {
              const error = yield* Effect.flip(execute(TakeNotes, { course, count, length: 66_000 }, anybody))
              assert.deepInclude<object>(error, {
                _tag: "MessageTooLarge",
                type: count < 0 ? "NotAllowed" : "NoteTaken",
                maxBytes: 65_536
              })
            }
            assert.strictEqual(yield* countOf(course), 0)
          })
      )

      it.effect("an automation does not retry what cannot succeed: it is dead-lettered at once, and others go on", () =>
        Effect.gen(function* () {
          const { execute } = yield* Commands
          const { all } = yield* DeadLetters
          const [many, large, good] = [freshId(), freshId(), freshId()]
          orders.set(many.id, { count: 1_001, length: 1 })
          orders.set(large.id, { count: 1, length: 66_000 })
          orders.set(good.id, { count: 2, length: 1 })
          for (const student of [many, large, good]) yield* execute(Register, { student }, anybody)
          const deadLetters = yield* Effect.repeat(
            Effect.map(all, (deadLetters) => deadLetters.filter(({ by }) => by === clerk)),
            { until: ({ length }) => length === 2, schedule: Schedule.spaced("5 millis") }
          )
          assert.deepStrictEqual(
            deadLetters.map(({ attempts, place }) => [place, attempts]),
            [
              [`student/${many.id}`, 1],
              [`student/${large.id}`, 1]
            ]
          )
          assert.include(deadLetters[0]!.reason, "too many events in one command (1001; at most 1,000)")
          assert.include(deadLetters[1]!.reason, "NoteTaken has")
          yield* Effect.repeat(countOf(good), {
            until: (count) => count === 2,
            schedule: Schedule.spaced("5 millis")
          })
        })
      )
    }
  )
