import { assert, layer } from "@effect/vitest"
import { Deferred, Effect, Fiber, Result } from "effect"
import { Boundary } from "#domain/model/index.ts"
import {
  type AppendError,
  EventLog,
  type ExpectedVersion,
  emptyStream,
  type QueuedAppend,
  type StreamVersion
} from "#layers/services/EventLog.ts"
import type { DomainEvent, RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { academyBoard } from "#test/boards/academyBoard.ts"
import {
  CourseBoundary,
  freshId,
  NightBoundary,
  NightTaken,
  StudentBoundary,
  StudentSubscribed
} from "#test/boards/academyEvents.ts"
import { type Backend, memoryBackend } from "#test/support/backends.ts"
import { testMetadata } from "#test/support/libraryFixtures.ts"

type Thing = ReturnType<typeof freshId>

const courseId = (course: Thing) => Boundary.streamId(CourseBoundary, { course })
const studentId = (student: Thing) => Boundary.streamId(StudentBoundary, { student })
const nightId = (room: Thing) => Boundary.streamId(NightBoundary, { room, night: 1 })

const at = (streamId: Boundary.StreamId, version: ExpectedVersion["version"] = emptyStream): ExpectedVersion => ({
  streamId,
  version
})
const taken = (room: Thing) => [new NightTaken({ room, night: 1 })]
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

interface Started {
  readonly fiber: Fiber.Fiber<Result.Result<ReadonlyArray<RecordedEvent>, AppendError>>
  readonly queued: QueuedAppend | undefined
}

/** Starts an append. `queued` is it as soon as further ones can be based on it, `undefined` if it fails before. */
const start = Effect.fnUntraced(function* (
  expected: ReadonlyArray<ExpectedVersion>,
  events: ReadonlyArray<DomainEvent>,
  metadata = testMetadata(`queued-${freshId().id}`)
) {
  const log = yield* EventLog
  const noted = yield* Deferred.make<QueuedAppend | undefined>()
  const onQueued = (append: QueuedAppend) => void Effect.runSync(Deferred.succeed(noted, append))
  const fiber = yield* Effect.forkChild(
    Effect.result(log.append(expected, events, metadata, { onQueued })).pipe(
      Effect.tap(() => Deferred.succeed(noted, undefined))
    ),
    { startImmediately: true }
  )
  const started: Started = { fiber, queued: yield* Deferred.await(noted) }
  return started
})

/** Starts appends to one event stream at once, each based on the one before. */
const startInARow = Effect.fnUntraced(function* (room: Thing, count: number, version: StreamVersion = emptyStream) {
  const fibers: Array<Started["fiber"]> = []
  let expected: ExpectedVersion["version"] = version
  for (const n of numbers(count)) {
    const { fiber, queued }: Started = yield* start([at(nightId(room), expected)], taken(room))
    fibers.push(fiber)
    if (!queued) break
    expected = { after: queued, count: version.count + n + 1 }
  }
  return fibers
})

const tagsOf = (results: ReadonlyArray<Result.Result<unknown, { readonly _tag: string }>>) =>
  results.map((result) => (Result.isFailure(result) ? result.failure._tag : "stored"))

/** Appends that are based on others, which are not stored yet. */
export const queuedAppends = (backend: Backend) =>
  layer(backend.services(academyBoard), { excludeTestServices: true, timeout: "60 seconds" })(
    `Queued appends on ${backend.name}`,
    (it) => {
      it.effect("are stored in their order, each on the event stream that the one before leaves", () =>
        Effect.gen(function* () {
          const room = freshId()
          const results = yield* Fiber.joinAll(yield* startInARow(room, 300))
          const positions = results.map((result) => Result.getOrThrow(result)[0]!.position)
          assert.deepStrictEqual(
            positions,
            positions.toSorted((a, b) => a - b)
          )
          const { count, events, position } = yield* (yield* EventLog).read(nightId(room))
          assert.deepStrictEqual([count, position], [300, positions.at(-1)])
          assert.deepStrictEqual(
            events.map(({ streamRevision }) => streamRevision),
            numbers(300).map((n) => n + 1)
          )
        })
      )

      it.effect(
        "may be based on several ones, in several boundaries, and may only check what one of them changes",
        () =>
          Effect.gen(function* () {
            const [course, other] = [freshId(), freshId()]
            const [student, friend] = [freshId(), freshId()]
            const room = freshId()
            const subscribe = (c: Thing, s: Thing, ofCourse: ExpectedVersion["version"], ofStudent = ofCourse) =>
              start(
                [at(courseId(c), ofCourse), at(studentId(s), ofStudent)],
                [new StudentSubscribed({ course: c, student: s })]
              )
            const one = yield* subscribe(course, student, emptyStream)
            const two = yield* subscribe(other, friend, emptyStream)
            const afterOne = { after: one.queued!, count: 1 }
            const afterTwo = { after: two.queued!, count: 1 }
            const crossing = yield* subscribe(course, friend, afterOne, afterTwo)
            const check = yield* start(
              [at(nightId(room)), at(courseId(course), { after: crossing.queued!, count: 2 })],
              taken(room)
            )
            const last = yield* subscribe(other, student, afterTwo, afterOne)
            const results = yield* Fiber.joinAll([one, two, crossing, check, last].map(({ fiber }) => fiber))
            assert.deepStrictEqual(tagsOf(results), ["stored", "stored", "stored", "stored", "stored"])
            const log = yield* EventLog
            const found = yield* log.readAll([course, other].map(courseId).concat([student, friend].map(studentId)))
            assert.deepStrictEqual(
              found.map(({ events }) => events.map(({ streamRevision }) => streamRevision)),
              [1, 2, 3, 4].map(() => [1, 2])
            )
          })
      )

      it.effect("fail with the one that they are based on, and are not stored", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const room = freshId()
          yield* log.append([at(nightId(room))], taken(room), testMetadata(`first-${room.id}`))
          const results = yield* Fiber.joinAll(yield* startInARow(room, 40))
          assert.strictEqual((yield* log.read(nightId(room))).count, 1)
          const [first, ...others] = tagsOf(results)
          assert.strictEqual(first, "VersionConflict")
          // In memory nothing waits: the first has failed before another could be based on it.
          const expected = backend === memoryBackend ? [] : numbers(39).map(() => "PrecedingAppendFailed")
          assert.deepStrictEqual(others, expected)
        })
      )

      it.effect("fail with one that is a duplicate", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const [room, other] = [freshId(), freshId()]
          const repeated = testMetadata(`repeated-${room.id}`)
          yield* log.append([at(nightId(other))], taken(other), repeated)
          const busy = yield* start([at(nightId(freshId()))], taken(freshId()))
          const first = yield* start([at(nightId(room))], taken(room), repeated)
          const second = first.queued
            ? [yield* start([at(nightId(room), { after: first.queued, count: 1 })], taken(room))]
            : []
          const tags = tagsOf(yield* Fiber.joinAll([first, ...second].map(({ fiber }) => fiber)))
          assert.deepStrictEqual(
            tags,
            backend === memoryBackend ? ["DuplicateCommand"] : ["DuplicateCommand", "PrecedingAppendFailed"]
          )
          assert.strictEqual((yield* log.read(nightId(room))).count, 0)
          yield* Fiber.join(busy.fiber)
        })
      )

      it.effect("are stored although others of their batch are not", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const [room, changed] = [freshId(), freshId()]
          yield* log.append([at(nightId(changed))], taken(changed), testMetadata(`changed-${changed.id}`))
          const rooms = numbers(30).map(freshId)
          const others = yield* Effect.forEach([...rooms, changed], (each) => start([at(nightId(each))], taken(each)))
          const inARow = yield* startInARow(room, 30)
          const tags = tagsOf(yield* Fiber.joinAll(others.map(({ fiber }) => fiber)))
          assert.deepStrictEqual(tags, [...rooms.map(() => "stored"), "VersionConflict"])
          assert.deepStrictEqual(new Set(tagsOf(yield* Fiber.joinAll(inARow))), new Set(["stored"]))
          assert.strictEqual((yield* log.read(nightId(room))).count, 30)
        })
      )

      it.effect("one that is interrupted before it is sent takes those with it that are based on it", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const room = freshId()
          const [first, second, third] = yield* startInARow(room, 3)
          yield* Fiber.interrupt(second!)
          const results = tagsOf(yield* Fiber.joinAll([first!, third!]))
          const { count } = yield* log.read(nightId(room))
          assert.include(
            [
              ["stored", "PrecedingAppendFailed"],
              ["stored", "stored"]
            ].map(String),
            String(results)
          )
          assert.strictEqual(count, results[1] === "stored" ? 3 : 1)
        })
      )
    }
  )
