import { assert, layer } from "@effect/vitest"
import { Effect, Exit, Option } from "effect"
import { Boundary } from "#domain/model/index.ts"
import { EventLog, emptyStream, type ExpectedVersion, type StreamVersion } from "#layers/services/EventLog.ts"
import { deriveId } from "#layers/services/Ids.ts"
import { isOriginal, type RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { academyBoard } from "#test/boards/academyBoard.ts"
import {
  CourseBoundary,
  CourseOpened,
  freshId,
  NightBoundary,
  NightTaken,
  StudentBoundary,
  StudentRegistered,
  StudentSubscribed
} from "#test/boards/academyEvents.ts"
import type { Backend } from "#test/support/backends.ts"
import { testMetadata, toPlainEvent } from "#test/support/libraryFixtures.ts"

type Thing = ReturnType<typeof freshId>

const courseId = (course: Thing) => Boundary.streamId(CourseBoundary, { course })
const studentId = (student: Thing) => Boundary.streamId(StudentBoundary, { student })
const nightId = (room: Thing, night: number) => Boundary.streamId(NightBoundary, { room, night })

const at = (streamId: Boundary.StreamId, version: StreamVersion = emptyStream): ExpectedVersion => ({
  streamId,
  version: { position: version.position, count: version.count }
})

const both = (course: Thing, student: Thing, versions: ReadonlyArray<StreamVersion> = []) => [
  at(courseId(course), versions[0]),
  at(studentId(student), versions[1])
]

const subscribed = (course: Thing, student: Thing) => [new StudentSubscribed({ course, student })]
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)
const stamp = ({ copyOf, event, position, streamId, streamRevision }: RecordedEvent) =>
  [position, streamId, streamRevision, event._tag, copyOf] as const

const metadata = () => testMetadata(`several-${freshId().id}`)

/** Appends that expect several event streams, and events that are found in several boundaries. */
export const severalBoundaries = (backend: Backend) =>
  layer(backend.services(academyBoard), { excludeTestServices: true, timeout: "60 seconds" })(
    `Events in several boundaries on ${backend.name}`,
    (it) => {
      it.effect("are found in each boundary, numbered in each, with an id of their own that names the original", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const [course, student, other] = [freshId(), freshId(), freshId()]
          const before = yield* log.lastPosition()
          yield* log.append([at(courseId(course))], [new CourseOpened({ course, capacity: 3 })], metadata())
          const first = yield* log.append(
            both(course, other, [yield* log.read(courseId(course))]),
            subscribed(course, other),
            metadata()
          )
          const about = metadata()
          const versions = yield* log.readAll([courseId(course), studentId(student)])
          const stored = yield* log.append(both(course, student, versions), subscribed(course, student), about)
          const [original, copy] = stored as [RecordedEvent, RecordedEvent]
          assert.deepStrictEqual(stored.map(stamp), [
            [before + 4, `course/${course.id}`, 3, "StudentSubscribed", undefined],
            [before + 5, `student/${student.id}`, 1, "StudentSubscribed", original.id]
          ])
          assert.strictEqual(original.id, deriveId(`${about.commandId}/0`))
          assert.strictEqual(copy.id, deriveId(`${about.commandId}/0/student`))
          assert.strictEqual(copy.subject, `academy.student.@subscriptions.${student.id}.student-subscribed`)
          assert.deepStrictEqual(copy.event, original.event)
          const [ofCourse, ofStudent, ofOther] = yield* log.readAll([
            courseId(course),
            studentId(student),
            studentId(other)
          ])
          assert.deepStrictEqual(
            ofCourse!.events.map(({ streamRevision }) => streamRevision),
            [1, 2, 3]
          )
          assert.deepStrictEqual(ofCourse!.events.slice(1).map(stamp), [first[0]!, original].map(stamp))
          assert.deepStrictEqual(ofStudent!.events.map(stamp), [stamp(copy)])
          assert.deepStrictEqual(ofOther!.events.map(stamp), [stamp(first[1]!)])
          assert.deepStrictEqual([ofStudent!.position, ofStudent!.count], [copy.position, 1])
          assert.deepStrictEqual(toPlainEvent(ofStudent!.events[0]!), toPlainEvent(copy))
          const entry = Option.getOrThrow(yield* log.readAt(copy.position)) as RecordedEvent
          assert.deepStrictEqual(stamp(entry), stamp(copy))
        })
      )

      it.effect("of one command are in the order of the decision in each event stream, without a gap", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const [course, student] = [freshId(), freshId()]
          const events = [
            ...subscribed(course, student),
            new StudentRegistered({ student }),
            ...subscribed(course, student)
          ]
          const stored = yield* log.append(both(course, student), events, metadata())
          assert.deepStrictEqual(
            stored.filter(isOriginal).map(({ event }) => event._tag),
            events.map(({ _tag }) => _tag)
          )
          const histories = yield* log.readAll([courseId(course), studentId(student)])
          assert.deepStrictEqual(
            histories.map(({ events }) => events.map(({ event }) => event._tag)),
            [["StudentSubscribed", "StudentSubscribed"], events.map(({ _tag }) => _tag)]
          )
          for (const { events } of histories) {
            assert.deepStrictEqual(
              events.map(({ streamRevision }) => streamRevision),
              numbers(events.length).map((n) => n + 1)
            )
          }
          assert.deepStrictEqual(
            stored.map(({ position }) => position - stored[0]!.position),
            numbers(5)
          )
        })
      )

      it.effect("are no events of their type in ranges, replays and last positions: only the originals are", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const before = yield* log.lastPosition()
          const [course, student] = [freshId(), freshId()]
          const [original, copy] = yield* log.append(both(course, student), subscribed(course, student), metadata())
          const types = ["StudentSubscribed", "StudentRegistered"]
          assert.strictEqual(yield* log.lastPosition(), copy!.position)
          assert.strictEqual(yield* log.lastPosition(["StudentSubscribed"]), original!.position)
          assert.strictEqual(yield* log.lastPosition(types), original!.position)
          const range = yield* log.readRange(types, before, copy!.position)
          assert.deepStrictEqual(
            range.map(({ position }) => position),
            [original!.position]
          )
          const pages: Array<number> = []
          yield* log.replay(types, before, original!.position, (page) =>
            Effect.sync(() => void pages.push(...page.map(({ position }) => position)))
          )
          assert.deepStrictEqual(pages, [original!.position])
        })
      )

      it.effect("a wrong version of any expected event stream stores none of them", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const [course, student, room] = [freshId(), freshId(), freshId()]
          const wrong: StreamVersion = { position: 1, count: 1 }
          const streamIds = [courseId(course), studentId(student), nightId(room, 1)]
          const before = yield* log.lastPosition()
          for (const changed of numbers(3)) {
            const expected = streamIds.map((streamId, n) => at(streamId, n === changed ? wrong : emptyStream))
            const error = yield* Effect.flip(log.append(expected, subscribed(course, student), metadata()))
            assert.deepInclude<object>(error, { _tag: "VersionConflict", streamId: `course/${course.id}` })
          }
          assert.strictEqual(yield* log.lastPosition(), before)
          const histories = yield* log.readAll(streamIds)
          assert.deepStrictEqual(
            histories.map(({ count, position }) => [count, position]),
            numbers(3).map(() => [0, 0])
          )
        })
      )
    }
  )

/** Appends that check event streams to which they add no event. */
export const checkedStreams = (backend: Backend) =>
  layer(backend.services(academyBoard), { excludeTestServices: true, timeout: "60 seconds" })(
    `Checked event streams on ${backend.name}`,
    (it) => {
      it.effect("do not change, and more of them than events are checked", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const [room, student] = [freshId(), freshId()]
          yield* log.append([at(nightId(room, 2))], [new NightTaken({ room, night: 2 })], metadata())
          const checked = numbers(5).map((night) => nightId(room, night))
          const versions = yield* log.readAll(checked)
          const expected = [at(studentId(student)), ...checked.map((streamId, n) => at(streamId, versions[n]))]
          const [stored, ...others] = yield* log.append(expected, [new StudentRegistered({ student })], metadata())
          assert.deepStrictEqual(others, [])
          assert.deepStrictEqual(yield* log.readAll(checked), versions)
          const { events } = yield* log.read(studentId(student))
          assert.deepStrictEqual(events.map(stamp), [stamp(stored!)])
          // One of them has changed: the same checks fail.
          const version = yield* log.read(studentId(student))
          yield* log.append([at(nightId(room, 4))], [new NightTaken({ room, night: 4 })], metadata())
          const later = [at(studentId(student), version), ...expected.slice(1)]
          const error = yield* Effect.flip(log.append(later, [new StudentRegistered({ student })], metadata()))
          assert.strictEqual(error._tag, "VersionConflict")
          assert.strictEqual((yield* log.read(studentId(student))).count, 1)
        })
      )

      it.effect("may be shared: writes that only check one event stream all succeed at once", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const room = freshId()
          yield* log.append([at(nightId(room, 1))], [new NightTaken({ room, night: 1 })], metadata())
          const version = yield* log.read(nightId(room, 1))
          const exits = yield* Effect.forEach(
            numbers(80).map(freshId),
            (student) =>
              log
                .append(
                  [at(studentId(student)), at(nightId(room, 1), version)],
                  [new StudentRegistered({ student })],
                  metadata()
                )
                .pipe(Effect.exit),
            { concurrency: "unbounded" }
          )
          assert.strictEqual(exits.filter(Exit.isSuccess).length, 80)
          const positions = exits.flatMap((exit) =>
            Exit.isSuccess(exit) ? exit.value.map((each) => each.position) : []
          )
          assert.strictEqual(new Set(positions).size, 80)
          for (const exit of exits) {
            const [stored] = Exit.isSuccess(exit) ? exit.value : []
            const entry = Option.getOrThrow(yield* log.readAt(stored!.position)) as RecordedEvent
            assert.deepStrictEqual(stamp(entry), stamp(stored!))
          }
        })
      )

      it.effect("copies and checks count against the 1,000 messages of an append", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const [course, student, room] = [freshId(), freshId(), freshId()]
          const events = numbers(501).flatMap(() => subscribed(course, student))
          const tooMany = yield* Effect.flip(log.append(both(course, student), events, metadata()))
          assert.deepInclude<object>(tooMany, { _tag: "TooManyEvents", count: 1_002, max: 1_000 })
          const nights = numbers(1_000).map((night) => at(nightId(room, night)))
          const checks = [at(studentId(student)), ...nights]
          const alsoTooMany = yield* Effect.flip(log.append(checks, [new StudentRegistered({ student })], metadata()))
          assert.deepInclude<object>(alsoTooMany, { _tag: "TooManyEvents", count: 1_001, max: 1_000 })
          const most = yield* log.append(both(course, student), events.slice(1), metadata())
          assert.strictEqual(most.length, 1_000)
          assert.strictEqual((yield* log.read(studentId(student))).count, 500)
          const version = yield* log.read(studentId(student))
          const checksOfMost = [at(studentId(student), version), ...nights.slice(1)]
          yield* log.append(checksOfMost, [new StudentRegistered({ student })], metadata())
        })
      )

      it.effect("a command id is accepted once, also where its events are found through a copy", () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const [course, student, other] = [freshId(), freshId(), freshId()]
          const about = metadata()
          const [original] = yield* log.append(both(course, student), subscribed(course, student), about)
          const versions = yield* log.readAll([courseId(course), studentId(student)])
          const again = yield* Effect.flip(
            log.append(both(course, student, versions), subscribed(course, student), about)
          )
          assert.strictEqual(again._tag, "DuplicateCommand")
          const inOtherStream = yield* Effect.flip(
            log.append(
              [at(studentId(other)), at(courseId(course), versions[0])],
              [new StudentRegistered({ student: other })],
              about
            )
          )
          assert.strictEqual(inOtherStream._tag, "DuplicateCommand")
          assert.strictEqual((yield* log.read(studentId(other))).count, 0)
          assert.strictEqual((yield* log.read(courseId(course))).position, original!.position)
        })
      )
    }
  )
