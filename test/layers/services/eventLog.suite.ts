import { assert, layer } from "@effect/vitest"
import { Effect, Exit, Predicate, Result, Schedule } from "effect"
import { EventLog, type MessageTooLarge, type StreamHistory, emptyStream } from "#layers/services/EventLog.ts"
import { ann, BookAcquired, BookBorrowed, BookReturned, BookShelved, library } from "#test/boards/libraryBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import type { Backend } from "#test/support/backends.ts"
import { freshBook, testMetadata, streamIdOf, toPlainEvent } from "#test/support/libraryFixtures.ts"

const typesOf = ({ events }: StreamHistory) => events.map(({ event }) => event._tag)

/** The guarantees of every event log. */
export const eventLog = (backend: Backend) =>
  layer(backend.services(library), { excludeTestServices: true })(`EventLog on ${backend.name}`, (it) => {
    it.effect("reads an empty event stream", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        assert.deepStrictEqual(yield* log.read(streamIdOf(freshBook())), { events: [], position: 0, count: 0 })
      })
    )

    it.effect("reads exactly what was appended", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const book = freshBook()
        const metadata = testMetadata(`c-${book.id}`)
        const recorded = yield* appendTo(
          log,
          streamIdOf(book),
          emptyStream,
          [new BookAcquired({ book, title: "“Ahab” %20" })],
          metadata
        )
        const history = yield* log.read(streamIdOf(book))
        assert.deepStrictEqual(history.events.map(toPlainEvent), recorded.map(toPlainEvent))
        assert.strictEqual(history.position, recorded[0]!.position)
        assert.strictEqual(history.count, 1)
        const { position: _, id, event, subject, streamId, streamRevision, ...rest } = toPlainEvent(history.events[0]!)
        assert.deepStrictEqual(rest, metadata)
        assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u)
        assert.instanceOf(event, BookAcquired)
        assert.strictEqual(subject, `library.book.stock.${book.id}.book-acquired`)
        assert.strictEqual(streamId, `book/${book.id}`)
        assert.strictEqual(streamRevision, 1)
      })
    )

    it.effect("appends only if the event stream has the expected version, in any lane", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const book = freshBook()
        yield* appendTo(
          log,
          streamIdOf(book),
          emptyStream,
          [new BookAcquired({ book, title: "" })],
          testMetadata(`a-${book.id}`)
        )
        const other = yield* appendTo(
          log,
          streamIdOf(book),
          emptyStream,
          [new BookBorrowed({ book, reader: ann })],
          testMetadata(`b-${book.id}`)
        ).pipe(Effect.flip)
        assert.strictEqual(other._tag, "VersionConflict")
        assert.strictEqual((yield* log.read(streamIdOf(book))).count, 1)
      })
    )

    it.effect("appends several events atomically", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const book = freshBook()
        const both = [new BookAcquired({ book, title: "" }), new BookShelved({ book, shelf: "a" })]
        const recorded = yield* appendTo(log, streamIdOf(book), emptyStream, both, testMetadata(`a-${book.id}`))
        assert.strictEqual(recorded[1]!.position, recorded[0]!.position + 1)
        const history = yield* log.read(streamIdOf(book))
        assert.deepStrictEqual(history.events.map(toPlainEvent), recorded.map(toPlainEvent))
        const failed = yield* appendTo(log, streamIdOf(book), emptyStream, both, testMetadata(`b-${book.id}`)).pipe(
          Effect.flip
        )
        assert.strictEqual(failed._tag, "VersionConflict")
        assert.deepStrictEqual(yield* log.read(streamIdOf(book)), history)
      })
    )

    it.effect("reads several events of one type in an event stream", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const book = freshBook()
        const eventClasses = [BookBorrowed, BookReturned, BookBorrowed, BookReturned, BookBorrowed]
        let version = emptyStream
        for (const [n, EventClass] of eventClasses.entries()) {
          yield* appendTo(
            log,
            streamIdOf(book),
            version,
            [new EventClass({ book, reader: ann })],
            testMetadata(`${n}-${book.id}`)
          )
          version = yield* log.read(streamIdOf(book))
          assert.strictEqual(version.count, n + 1)
        }
        const history = yield* log.read(streamIdOf(book))
        assert.deepStrictEqual(
          typesOf(history),
          eventClasses.map(({ identifier }) => identifier)
        )
        assert.deepStrictEqual(
          history.events.map(({ streamRevision }) => streamRevision),
          [1, 2, 3, 4, 5]
        )
      })
    )

    it.effect("reads an event stream with more events than one response of the server", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const book = freshBook()
        const many = Array.from({ length: 550 }, () => new BookBorrowed({ book, reader: ann }))
        yield* appendTo(log, streamIdOf(book), emptyStream, many, testMetadata(`a-${book.id}`))
        yield* appendTo(log, streamIdOf(book), yield* log.read(streamIdOf(book)), many, testMetadata(`b-${book.id}`))
        const history = yield* log.read(streamIdOf(book))
        assert.strictEqual(history.count, 1100)
        assert.deepStrictEqual(
          history.events.map(({ streamRevision }) => streamRevision),
          Array.from({ length: 1100 }, (_, n) => n + 1)
        )
      })
    )

    it.effect("accepts a command id once, in any event stream", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const [one, two] = [freshBook(), freshBook()]
        const metadata = testMetadata(`once-${one.id}`)
        yield* appendTo(log, streamIdOf(one), emptyStream, [new BookAcquired({ book: one, title: "" })], metadata)
        const again = yield* appendTo(
          log,
          streamIdOf(two),
          emptyStream,
          [new BookAcquired({ book: two, title: "" })],
          metadata
        ).pipe(Effect.flip)
        assert.strictEqual(again._tag, "DuplicateCommand")
        const events = [new BookAcquired({ book: two, title: "" }), new BookShelved({ book: two, shelf: "s" })]
        const batch = yield* appendTo(log, streamIdOf(two), emptyStream, events, metadata).pipe(Effect.flip)
        assert.strictEqual(batch._tag, "DuplicateCommand")
        assert.strictEqual((yield* log.read(streamIdOf(two))).count, 0)
      })
    )

    it.effect("accepts one of 64 concurrent appends to an event stream", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const book = freshBook()
        const exits = yield* Effect.forEach(
          Array.from({ length: 64 }, (_, n) => n),
          (n) =>
            appendTo(
              log,
              streamIdOf(book),
              emptyStream,
              [new BookAcquired({ book, title: `${n}` })],
              testMetadata(`${n}-${book.id}`)
            ).pipe(Effect.exit),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(exits.filter(Exit.isSuccess).length, 1)
        assert.strictEqual((yield* log.read(streamIdOf(book))).count, 1)
      })
    )

    it.effect("appends 1,000 events at once, and fails with TooManyEvents for more", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const book = freshBook()
        const many = (count: number) => Array.from({ length: count }, () => new BookBorrowed({ book, reader: ann }))
        const tooMany = yield* appendTo(
          log,
          streamIdOf(book),
          emptyStream,
          many(1_001),
          testMetadata(`a-${book.id}`)
        ).pipe(Effect.flip)
        assert.deepInclude<object>(tooMany, { _tag: "TooManyEvents", count: 1_001, max: 1_000 })
        assert.strictEqual((yield* log.read(streamIdOf(book))).count, 0)
        yield* appendTo(log, streamIdOf(book), emptyStream, many(1_000), testMetadata(`b-${book.id}`))
        assert.strictEqual((yield* log.read(streamIdOf(book))).count, 1_000)
      })
    )

    it.effect("appends events up to the reported size limit, alone and in a batch, and none that is larger", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const append = (...lengths: ReadonlyArray<number>) => {
          const book = freshBook()
          const events = lengths.map((length) => new BookAcquired({ book, title: "ü".repeat(length / 2) }))
          return Effect.andThen(
            appendTo(log, streamIdOf(book), emptyStream, events, testMetadata(book.id)),
            log.read(streamIdOf(book))
          )
        }
        const error = yield* Effect.flip(append(70_000))
        assert.deepInclude<object>(error, { _tag: "MessageTooLarge", type: "BookAcquired", maxBytes: 65_536 })
        const { bytes, maxBytes } = error as MessageTooLarge
        // The ids differ in length by some characters.
        const largest = 70_000 - (bytes - maxBytes) - 50
        assert.strictEqual((yield* append(largest)).count, 1)
        assert.strictEqual((yield* append(2, largest, 2)).count, 3)
        for (const lengths of [[largest + 100], [2, largest + 100], [largest + 100, 2, 2]]) {
          assert.strictEqual((yield* Effect.flip(append(...lengths)))._tag, "MessageTooLarge")
        }
      })
    )

    it.effect("returns the last position, of some types or of all, and the events between two positions", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const book = freshBook()
        const before = yield* log.lastPosition()
        const events = [
          new BookAcquired({ book, title: "" }),
          new BookBorrowed({ book, reader: ann }),
          new BookReturned({ book, reader: ann })
        ]
        const recorded = yield* appendTo(log, streamIdOf(book), emptyStream, events, testMetadata(`a-${book.id}`))
        const positions = recorded.map(({ position }) => position)
        assert.strictEqual(positions[0], before + 1)
        assert.strictEqual(yield* log.lastPosition(), positions[2])
        assert.strictEqual(yield* log.lastPosition(["BookBorrowed", "BookAcquired"]), positions[1])
        const between = yield* log.readRange(["BookReturned", "BookAcquired"], before, positions[2]!)
        assert.deepStrictEqual(between.map(toPlainEvent), [toPlainEvent(recorded[0]!), toPlainEvent(recorded[2]!)])
        assert.deepStrictEqual(yield* log.readRange(["BookReturned"], before, positions[1]!), [])
      })
    )
  })

/** A log detects a duplicate id within its duplicate window only. */
export const duplicateWindow = (backend: Backend) =>
  layer(backend.services({ ...library, log: { ...library.log, duplicateWindow: "200 millis" } }), {
    excludeTestServices: true
  })(`The duplicate window on ${backend.name}`, (it) => {
    it.effect("ends", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const metadata = testMetadata(`window-${freshBook().id}`)
        const append = Effect.suspend(() => {
          const book = freshBook()
          return appendTo(log, streamIdOf(book), emptyStream, [new BookAcquired({ book, title: "" })], metadata)
        })
        yield* append
        const repeated = yield* Effect.result(append)
        if (Result.isFailure(repeated)) assert.strictEqual(repeated.failure._tag, "DuplicateCommand")
        const again = yield* append.pipe(
          Effect.retry({ while: Predicate.isTagged("DuplicateCommand"), schedule: Schedule.spaced("50 millis") })
        )
        assert.strictEqual(again.length, 1)
      })
    )
  })
