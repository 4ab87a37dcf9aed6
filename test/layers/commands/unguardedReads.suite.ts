import { assert, layer } from "@effect/vitest"
import { Clock, Context, Effect, Layer, Predicate, Ref } from "effect"
import { Boundary } from "#domain/model/index.ts"
import * as CommandHandler from "#layers/commands/commandHandler.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { maxAgeMillis } from "#layers/commands/StateCache.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import {
  CloseCampus,
  Enrol,
  freshId,
  OpenCampus,
  OpenCourse,
  Register,
  school,
  StudentSuspended,
  Suspend,
  StudentBoundary
} from "#test/boards/schoolBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import type { Backend } from "#test/support/backends.ts"
import { testMetadata } from "#test/support/libraryFixtures.ts"

const anybody = { actor: "Anybody" }

/** Another process on the same log. */
const secondProcess = Effect.map(
  Layer.build(Layer.fresh(CommandHandler.layer(school)).pipe(Layer.provide(Ids.layer))),
  (context) => Context.get(context, Commands)
)

/** A process that counts its reads of the log. */
const countingProcess = Effect.gen(function* () {
  const log = yield* EventLog
  const times = yield* Ref.make(0)
  const readAll: typeof log.readAll = (streamIds) =>
    Effect.andThen(
      Ref.update(times, (n) => n + 1),
      log.readAll(streamIds)
    )
  const commands = yield* Effect.provideService(secondProcess, EventLog, { ...log, readAll })
  return { commands, times: Ref.getAndSet(times, 0) }
})

/** A clock that `pass` moves forward. */
const aheadClock = Effect.map(Clock.Clock, (clock) => {
  let ahead = 0n
  const own: Clock.Clock = Object.create(clock)
  Object.defineProperty(own, "monotonicTimeNanosUnsafe", { value: () => clock.monotonicTimeNanosUnsafe() + ahead })
  return { own, pass: (millis: number) => Effect.sync(() => void (ahead += BigInt(millis) * 1_000_000n)) }
})

const openCampusAndCourse = Effect.fnUntraced(function* ({ execute }: Commands["Service"], seats = 100) {
  const [campus, course] = [freshId(), freshId()]
  yield* execute(OpenCampus, { campus }, anybody)
  yield* execute(OpenCourse, { course, seats }, anybody)
  return { campus, course }
})

const registerStudent = Effect.fnUntraced(function* ({ execute }: Commands["Service"]) {
  const student = freshId()
  yield* execute(Register, { student }, anybody)
  return student
})

/** Enrols a student; returns "done", or why the command was rejected. */
const enrol = (
  { execute }: Commands["Service"],
  input: Parameters<(typeof Enrol)["decide"]>[1],
  after?: { readonly streamId: string; readonly position: number }
) =>
  execute(Enrol, input, { ...anybody, after }).pipe(
    Effect.as("done"),
    Effect.catchTag("Refused", ({ rejection }) => Effect.succeed(rejection.why))
  )

const dryRunEnrol = ({ dryRun }: Commands["Service"], input: Parameters<(typeof Enrol)["decide"]>[1]) =>
  Effect.map(dryRun(Enrol, input, anybody), (decision) => {
    if (Predicate.isTagged(decision, "NotAllowed")) return decision.why
    return "done"
  })

/** What commands read without a guard, on every backend. */
export const unguarded = (backend: Backend) =>
  layer(CommandHandler.layer(school).pipe(Layer.provideMerge(backend.services(school)), Layer.provide(Ids.layer)), {
    excludeTestServices: true
  })(`Unguarded reads on ${backend.name}`, (it) => {
    it.effect("are those of the command's input, no matter which command changed the guarded event stream before", () =>
      Effect.gen(function* () {
        const commands = yield* Commands
        const setup = yield* openCampusAndCourse(commands)
        const [one, two] = [yield* registerStudent(commands), freshId()]
        assert.strictEqual(yield* enrol(commands, { ...setup, student: two }), "student")
        assert.strictEqual(yield* enrol(commands, { ...setup, student: one }), "done")
        assert.strictEqual(yield* dryRunEnrol(commands, { ...setup, student: two }), "student")
        assert.strictEqual(yield* enrol(commands, { ...setup, student: two }), "student")
        assert.strictEqual(yield* enrol(commands, { ...setup, student: one }), "done")
      })
    )

    it.effect("are those of the command's input also with an empty guarded event stream and another campus", () =>
      Effect.gen(function* () {
        const commands = yield* Commands
        const { campus, course } = yield* openCampusAndCourse(commands)
        const [one, two] = [yield* registerStudent(commands), yield* registerStudent(commands)]
        const shut = freshId()
        assert.strictEqual(yield* enrol(commands, { campus, course, student: one }), "done")
        assert.strictEqual(yield* enrol(commands, { campus: shut, course, student: two }), "campus")
        assert.strictEqual(yield* enrol(commands, { campus, course, student: two }), "done")
        assert.strictEqual(yield* enrol(commands, { campus, course: freshId(), student: two }), "full")
        assert.strictEqual(yield* enrol(commands, { campus, course: freshId(), student: freshId() }), "student")
      })
    )

    it.effect("include at once what the same process has appended, repeatedly", () =>
      Effect.gen(function* () {
        const commands = yield* Commands
        const setup = yield* openCampusAndCourse(commands)
        const student = yield* registerStudent(commands)
        for (const other of [freshId(), freshId(), freshId()]) {
          yield* commands.execute(Register, { student: other }, anybody)
          assert.strictEqual(yield* enrol(commands, { ...setup, student: other }), "done")
          yield* commands.execute(CloseCampus, setup, anybody)
          assert.strictEqual(yield* enrol(commands, { ...setup, student }), "campus")
          yield* commands.execute(OpenCampus, setup, anybody)
        }
        assert.strictEqual(yield* enrol(commands, { ...setup, student }), "done")
        yield* commands.execute(Suspend, { student }, anybody)
        assert.strictEqual(yield* dryRunEnrol(commands, { ...setup, student }), "student")
        assert.strictEqual(yield* enrol(commands, { ...setup, student }), "student")
      })
    )

    it.effect("are at most a second old, whichever process appended", () =>
      Effect.gen(function* () {
        const { own, pass } = yield* aheadClock
        const [here, there] = [yield* Commands, yield* secondProcess]
        yield* Effect.gen(function* () {
          const setup = yield* openCampusAndCourse(here)
          const student = yield* registerStudent(here)
          assert.strictEqual(yield* enrol(here, { ...setup, student }), "done")
          yield* there.execute(CloseCampus, setup, anybody)
          yield* pass(maxAgeMillis + 1)
          const next = yield* registerStudent(here)
          assert.strictEqual(yield* enrol(here, { ...setup, student: next }), "campus")
          yield* there.execute(OpenCampus, setup, anybody)
          assert.strictEqual(yield* enrol(here, { ...setup, student: next }), "done")
          yield* there.execute(Suspend, { student }, anybody)
          yield* pass(maxAgeMillis + 1)
          // The course is cached on top of what was read; that has changed, so the course is read again.
          assert.strictEqual(yield* enrol(here, { ...setup, student }), "student")
        }).pipe(Effect.provideService(Clock.Clock, own))
      })
    )

    it.effect("cost no round trip for a second, and one after that", () =>
      Effect.gen(function* () {
        const { own, pass } = yield* aheadClock
        const { commands, times } = yield* countingProcess
        yield* Effect.gen(function* () {
          const setup = yield* openCampusAndCourse(commands)
          const student = yield* registerStudent(commands)
          const again = enrol(commands, { ...setup, student })
          assert.strictEqual(yield* again, "done")
          yield* times
          for (const _ of [1, 2, 3]) assert.strictEqual(yield* again, "done")
          assert.strictEqual(yield* times, 0)
          yield* pass(maxAgeMillis + 1)
          for (const _ of [1, 2, 3]) assert.strictEqual(yield* again, "done")
          assert.strictEqual(yield* times, 1)
          // What the same process has appended is known without a read.
          yield* commands.execute(OpenCourse, { course: setup.course, seats: 100 }, anybody)
          assert.strictEqual(yield* times, 0, "a command without unguarded reads needs no round trip")
          const other = yield* registerStudent(commands)
          assert.strictEqual(yield* enrol(commands, { ...setup, student: other }), "done")
          assert.strictEqual(yield* times, 0)
          assert.strictEqual(yield* enrol(commands, { ...setup, student: other }), "done")
          assert.strictEqual(yield* times, 0)
        }).pipe(Effect.provideService(Clock.Clock, own))
      })
    )

    it.effect("are not older than the event that caused the command", () =>
      Effect.gen(function* () {
        const [here, log] = [yield* Commands, yield* EventLog]
        const setup = yield* openCampusAndCourse(here)
        const student = yield* registerStudent(here)
        assert.strictEqual(yield* enrol(here, { ...setup, student }), "done")
        // Another process appends; the automation here has read that event.
        const stream = Boundary.streamId(StudentBoundary, { student })
        const version = yield* log.read(stream)
        const events = [new StudentSuspended({ student })]
        const [cause] = yield* appendTo(log, stream, version, events, testMetadata(`suspended-${student.id}`))
        assert.strictEqual(yield* enrol(here, { ...setup, student }), "done", "decided on the cached read")
        assert.strictEqual(yield* enrol(here, { ...setup, student }, cause), "student")
      })
    )
  })
