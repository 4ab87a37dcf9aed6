import { assert, layer } from "@effect/vitest"
import { Array, Effect, Fiber, Queue, Result, Schedule, Stream } from "effect"
import { EventLog, emptyStream } from "#layers/services/EventLog.ts"
import { type LogMessage, LogReader, pageSize } from "#layers/services/LogReader.ts"
import { ann, BookAcquired, BookBorrowed, BookReturned, library } from "#test/boards/libraryBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import type { Backend } from "#test/support/backends.ts"
import { freshBook, testMetadata, streamIdOf } from "#test/support/libraryFixtures.ts"

const appendLoans = Effect.fnUntraced(function* (loans: number) {
  const log = yield* EventLog
  const book = freshBook()
  const events = [
    new BookAcquired({ book, title: "“Ahab”" }),
    ...Array.range(1, loans).flatMap(() => [
      new BookBorrowed({ book, reader: ann }),
      new BookReturned({ book, reader: ann })
    ])
  ]
  return yield* appendTo(log, streamIdOf(book), emptyStream, events, testMetadata(`r-${book.id}`))
})

const eventsOf = (messages: ReadonlyArray<LogMessage>) => messages.map(({ event }) => Result.getOrThrow(event()))

/** The guarantees of the log's reader for monitoring. */
export const logReader = (backend: Backend) =>
  layer(backend.services(library), { excludeTestServices: true })(`LogReader on ${backend.name}`, (it) => {
    it.effect("reads every message by position", () =>
      Effect.gen(function* () {
        const reader = yield* LogReader
        const recorded = yield* appendLoans(2)
        const [first, last] = [recorded[0]!.position, recorded.at(-1)!.position]
        const all = yield* reader.readPage(first - 1, last)
        assert.deepStrictEqual(eventsOf(all), recorded)
        assert.deepStrictEqual(eventsOf(yield* reader.readPage(first, first + 2)), recorded.slice(1, 3))
        assert.deepStrictEqual(yield* reader.readPage(last, last + 10), [])
        assert.deepStrictEqual(yield* reader.readPage(last, first), [])
        const { attributes, data, storedAt, subject } = all[0]!
        assert.strictEqual(subject, recorded[0]!.subject)
        assert.isAbove(storedAt, 1_600_000_000_000)
        assert.deepInclude(attributes(), { type: "BookAcquired", id: recorded[0]!.id, subject: recorded[0]!.streamId })
        assert.deepInclude(data() as object, { title: "“Ahab”" })
      })
    )

    it.effect("finds the newest message of a filter, in the log and in a lane, with its headers", () =>
      Effect.gen(function* () {
        const { newest } = yield* LogReader
        const [acquired, , returned] = yield* appendLoans(1)
        const { event, id, position, subject } = returned!
        const { book } = event as BookReturned
        const inLog = yield* newest("library", "library.book.lending.*.*")
        assert.deepInclude(inLog, { stream: "library", subject, sequence: position })
        assert.deepInclude(inLog!.headers, { "ce-id": id, "ce-type": "BookReturned" })
        assert.deepStrictEqual(inLog!.payload, { book: { ...book }, reader: { ...ann } })
        assert.strictEqual(
          (yield* newest("library", `library.book.*.${book.id}.book-acquired`))?.subject,
          acquired!.subject
        )
        // The server copies into a lane a moment later.
        const inLane = yield* newest("library-lending", "lending.>").pipe(
          Effect.repeat({ until: (found) => found?.headers["ce-id"] === id, schedule: Schedule.spaced("10 millis") })
        )
        assert.deepInclude(inLane, { stream: "library-lending", subject: `lending.${book.id}.${book.id}` })
        assert.deepStrictEqual(inLane!.payload, inLog!.payload)
        assert.isUndefined(yield* newest("library", "library.book.lending.*.never"))
      })
    )

    it.effect("returns at most a thousand messages in a page", () =>
      Effect.gen(function* () {
        const reader = yield* LogReader
        const recorded = yield* appendLoans(499)
        const more = yield* appendLoans(499)
        const first = recorded[0]!.position
        const page = yield* reader.readPage(first - 1, more.at(-1)!.position)
        assert.strictEqual(page.length, pageSize)
        assert.strictEqual(page.at(-1)!.position, first + pageSize - 1)
      })
    )

    it.effect("returns all large messages, in several pages", () =>
      Effect.gen(function* () {
        const reader = yield* LogReader
        const log = yield* EventLog
        const titles = Array.range(1, 160).map((n) => String.fromCharCode(97 + (n % 26)).repeat(60_000))
        const recorded = yield* Effect.forEach(titles, (title) => {
          const book = freshBook()
          return Effect.map(
            appendTo(
              log,
              streamIdOf(book),
              emptyStream,
              [new BookAcquired({ book, title })],
              testMetadata(`large-${book.id}`)
            ),
            ([one]) => one!
          )
        })
        const [first, last] = [recorded[0]!.position, recorded.at(-1)!.position]
        const all: globalThis.Array<LogMessage> = []
        for (let after = first - 1; after < last; after = all.at(-1)!.position) {
          const page = yield* reader.readPage(after, last)
          assert.isNotEmpty(page)
          all.push(...page)
        }
        assert.deepStrictEqual(eventsOf(all), recorded)
      })
    )

    it.effect("reads an event stream in order", () =>
      Effect.gen(function* () {
        const reader = yield* LogReader
        const recorded = yield* appendLoans(3)
        yield* appendLoans(1)
        const streamId = { boundary: "book", key: recorded[0]!.streamId.slice("book/".length) }
        assert.deepStrictEqual(eventsOf(yield* reader.readStream(streamId)), recorded)
        assert.deepStrictEqual(yield* reader.readStream(streamIdOf(freshBook())), [])
      })
    )

    it.effect("follows the log: existing messages, then new ones, without a gap", () =>
      Effect.gen(function* () {
        const reader = yield* LogReader
        const log = yield* EventLog
        const before = yield* log.lastPosition()
        const first = yield* appendLoans(2)
        const received = yield* Queue.unbounded<LogMessage>()
        const fiber = yield* reader.follow(before).pipe(
          Stream.runForEach((batch) => Queue.offerAll(received, batch)),
          Effect.forkChild
        )
        assert.deepStrictEqual(eventsOf(yield* Queue.takeN(received, first.length)), first)
        const second = yield* appendLoans(20)
        assert.deepStrictEqual(eventsOf(yield* Queue.takeN(received, second.length)), second)
        yield* Fiber.interrupt(fiber)
      })
    )

    it.effect("replays events of some types in small pages", () =>
      Effect.gen(function* () {
        const reader = yield* LogReader
        const recorded = yield* appendLoans(300)
        const expected = recorded.filter(({ event }) => event._tag === "BookBorrowed")
        const received: globalThis.Array<number> = []
        const upTo = expected.at(-1)!.position
        yield* reader.replay(["BookBorrowed"], recorded[0]!.position - 1, upTo, (page) =>
          Effect.sync(() => {
            assert.isAtMost(page.length, 250)
            received.push(...page.map(({ position }) => position))
          })
        )
        assert.deepStrictEqual(
          received,
          expected.map(({ position }) => position)
        )
      })
    )

    it.effect("has an identity of the log that does not change", () =>
      Effect.gen(function* () {
        const { identity } = yield* EventLog
        const before = yield* identity
        yield* appendLoans(1)
        assert.isNotEmpty(before)
        assert.strictEqual(yield* identity, before)
      })
    )
  })
