import { assert, layer } from "@effect/vitest"
import { Effect, Exit, Predicate, Result, Schedule } from "effect"
import { EventLog, type MessageTooLarge, type StreamHistory, emptyStream } from "#layers/services/EventLog.ts"
import { ann, BookAcquired, BookBorrowed, BookReturned, BookShelved, library } from "#test/boards/libraryBoard.ts"
import type { Backend } from "#test/support/backends.ts"
import { freshBook, testMetadata, streamIdOf, toPlainEvent } from "#test/support/libraryFixtures.ts"

const typesOf = ({ events }: StreamHistory) => events.map(({ event }) => event._tag)

/** What every event log promises. */
export const eventLog = (backend: Backend) =>
  layer(backend.services(library), { excludeTestServices: true })(`EventLog on ${backend.name}`, (it) => {
    it.effect("knows nothing of an untouched place", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        assert.deepStrictEqual(yield* log.read(streamIdOf(freshBook())), { events: [], position: 0, count: 0 })
      })
    )

    it.effect("reads what was appended, to the letter", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const book = freshBook()
        const metadata = testMetadata(`c-${book.id}`)
        const recorded = yield* log.append(
          streamIdOf(book),
          emptyStream,
          [new BookAcquired({ book, title: "“Ahab” %20" })],
          metadata
        )
        const past = yield* log.read(streamIdOf(book))
        assert.deepStrictEqual(past.events.map(toPlainEvent), recorded.map(toPlainEvent))
        assert.strictEqual(past.position, recorded[0]!.position)
        assert.strictEqual(past.count, 1)
        const { position: _, id, event, subject, streamId, streamRevision, ...rest } = toPlainEvent(past.events[0]!)
        assert.deepStrictEqual(rest, metadata)
        assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u)
        assert.instanceOf(event, BookAcquired)
        assert.strictEqual(subject, `library.book.stock.${book.id}.book-acquired`)
        assert.strictEqual(streamId, `book/${book.id}`)
        assert.strictEqual(streamRevision, 1)
      })
    )

    it.effect("appends only while the place stands as it was seen, in any lane", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const book = freshBook()
        yield* log.append(
          streamIdOf(book),
          emptyStream,
          [new BookAcquired({ book, title: "" })],
          testMetadata(`a-${book.id}`)
        )
        const other = yield* log
          .append(
            streamIdOf(book),
            emptyStream,
            [new BookBorrowed({ book, reader: ann })],
            testMetadata(`b-${book.id}`)
          )
          .pipe(Effect.flip)
        assert.strictEqual(other._tag, "VersionConflict")
        assert.strictEqual((yield* log.read(streamIdOf(book))).count, 1)
      })
    )

    it.effect("appends several facts together or not at all", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const book = freshBook()
        const both = [new BookAcquired({ book, title: "" }), new BookShelved({ book, shelf: "a" })]
        const recorded = yield* log.append(streamIdOf(book), emptyStream, both, testMetadata(`a-${book.id}`))
        assert.strictEqual(recorded[1]!.position, recorded[0]!.position + 1)
        const past = yield* log.read(streamIdOf(book))
        assert.deepStrictEqual(past.events.map(toPlainEvent), recorded.map(toPlainEvent))
        const failed = yield* log
          .append(streamIdOf(book), emptyStream, both, testMetadata(`b-${book.id}`))
          .pipe(Effect.flip)
        assert.strictEqual(failed._tag, "VersionConflict")
        assert.deepStrictEqual(yield* log.read(streamIdOf(book)), past)
      })
    )

    it.effect("reads facts of one kind that stand in a place twice", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const book = freshBook()
        const kinds = [BookBorrowed, BookReturned, BookBorrowed, BookReturned, BookBorrowed]
        let version = emptyStream
        for (const [n, Kind] of kinds.entries()) {
          yield* log.append(
            streamIdOf(book),
            version,
            [new Kind({ book, reader: ann })],
            testMetadata(`${n}-${book.id}`)
          )
          version = yield* log.read(streamIdOf(book))
          assert.strictEqual(version.count, n + 1)
        }
        const past = yield* log.read(streamIdOf(book))
        assert.deepStrictEqual(
          typesOf(past),
          kinds.map(({ identifier }) => identifier)
        )
        assert.deepStrictEqual(
          past.events.map(({ streamRevision }) => streamRevision),
          [1, 2, 3, 4, 5]
        )
      })
    )

    it.effect("reads a place with more facts than one answer holds", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const book = freshBook()
        const many = Array.from({ length: 550 }, () => new BookBorrowed({ book, reader: ann }))
        yield* log.append(streamIdOf(book), emptyStream, many, testMetadata(`a-${book.id}`))
        yield* log.append(streamIdOf(book), yield* log.read(streamIdOf(book)), many, testMetadata(`b-${book.id}`))
        const past = yield* log.read(streamIdOf(book))
        assert.strictEqual(past.count, 1100)
        assert.deepStrictEqual(
          past.events.map(({ streamRevision }) => streamRevision),
          Array.from({ length: 1100 }, (_, n) => n + 1)
        )
      })
    )

    it.effect("takes a command id once, wherever it is used", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const [one, two] = [freshBook(), freshBook()]
        const metadata = testMetadata(`once-${one.id}`)
        yield* log.append(streamIdOf(one), emptyStream, [new BookAcquired({ book: one, title: "" })], metadata)
        const again = yield* log
          .append(streamIdOf(two), emptyStream, [new BookAcquired({ book: two, title: "" })], metadata)
          .pipe(Effect.flip)
        assert.strictEqual(again._tag, "DuplicateCommand")
        const events = [new BookAcquired({ book: two, title: "" }), new BookShelved({ book: two, shelf: "s" })]
        const batch = yield* log.append(streamIdOf(two), emptyStream, events, metadata).pipe(Effect.flip)
        assert.strictEqual(batch._tag, "DuplicateCommand")
        assert.strictEqual((yield* log.read(streamIdOf(two))).count, 0)
      })
    )

    it.effect("lets one of 64 writers at once have the place", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const book = freshBook()
        const exits = yield* Effect.forEach(
          Array.from({ length: 64 }, (_, n) => n),
          (n) =>
            log
              .append(
                streamIdOf(book),
                emptyStream,
                [new BookAcquired({ book, title: `${n}` })],
                testMetadata(`${n}-${book.id}`)
              )
              .pipe(Effect.exit),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(exits.filter(Exit.isSuccess).length, 1)
        assert.strictEqual((yield* log.read(streamIdOf(book))).count, 1)
      })
    )

    it.effect("takes 1,000 facts at once, and says of more that they are too many", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const book = freshBook()
        const many = (count: number) => Array.from({ length: count }, () => new BookBorrowed({ book, reader: ann }))
        const tooMany = yield* log
          .append(streamIdOf(book), emptyStream, many(1_001), testMetadata(`a-${book.id}`))
          .pipe(Effect.flip)
        assert.deepInclude<object>(tooMany, { _tag: "TooManyEvents", count: 1_001, max: 1_000 })
        assert.strictEqual((yield* log.read(streamIdOf(book))).count, 0)
        yield* log.append(streamIdOf(book), emptyStream, many(1_000), testMetadata(`b-${book.id}`))
        assert.strictEqual((yield* log.read(streamIdOf(book))).count, 1_000)
      })
    )

    it.effect("takes facts up to the size that it says, alone and among others, and none that is larger", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const append = (...lengths: ReadonlyArray<number>) => {
          const book = freshBook()
          const events = lengths.map((length) => new BookAcquired({ book, title: "ü".repeat(length / 2) }))
          return Effect.andThen(
            log.append(streamIdOf(book), emptyStream, events, testMetadata(book.id)),
            log.read(streamIdOf(book))
          )
        }
        const error = yield* Effect.flip(append(70_000))
        assert.deepInclude<object>(error, { _tag: "MessageTooLarge", type: "BookAcquired", max: 65_536 })
        const { bytes, maxBytes } = error as MessageTooLarge
        // Ids differ by some letters.
        const largest = 70_000 - (bytes - maxBytes) - 50
        assert.strictEqual((yield* append(largest)).count, 1)
        assert.strictEqual((yield* append(2, largest, 2)).count, 3)
        for (const lengths of [[largest + 100], [2, largest + 100], [largest + 100, 2, 2]]) {
          assert.strictEqual((yield* Effect.flip(append(...lengths)))._tag, "MessageTooLarge")
        }
      })
    )

    it.effect("tells the newest position, of some types or of all, and what stands between two", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const book = freshBook()
        const before = yield* log.lastPosition()
        const events = [
          new BookAcquired({ book, title: "" }),
          new BookBorrowed({ book, reader: ann }),
          new BookReturned({ book, reader: ann })
        ]
        const recorded = yield* log.append(streamIdOf(book), emptyStream, events, testMetadata(`a-${book.id}`))
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

/** Within its duplicate window a log knows an id again; then it does not. */
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
          return log.append(streamIdOf(book), emptyStream, [new BookAcquired({ book, title: "" })], metadata)
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
