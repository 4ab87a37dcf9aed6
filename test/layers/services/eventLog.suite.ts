import { assert, layer } from "@effect/vitest"
import { Effect, Exit, Predicate, Result, Schedule } from "effect"
import { EventLog, type MessageTooLarge, type Past, untouched } from "#layers/services/EventLog.ts"
import { ann, BookAcquired, BookBorrowed, BookReturned, BookShelved, library } from "#test/boards/libraryBoard.ts"
import { freshBook, origin, placeOf, whole } from "#test/support/library.ts"
import type { Ground } from "#test/support/services.ts"

const namesOf = ({ facts }: Past) => facts.map(({ fact }) => fact._tag)

/** What every event log promises. */
export const eventLog = (ground: Ground) =>
  layer(ground.services(library), { excludeTestServices: true })(`EventLog on ${ground.name}`, (it) => {
    it.effect("knows nothing of an untouched place", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        assert.deepStrictEqual(yield* log.read(placeOf(freshBook())), { facts: [], position: 0, count: 0 })
      })
    )

    it.effect("reads what was appended, to the letter", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const book = freshBook()
        const said = origin(`c-${book.id}`)
        const recorded = yield* log.append(
          placeOf(book),
          untouched,
          [new BookAcquired({ book, title: "“Ahab” %20" })],
          said
        )
        const past = yield* log.read(placeOf(book))
        assert.deepStrictEqual(past.facts.map(whole), recorded.map(whole))
        assert.strictEqual(past.position, recorded[0]!.position)
        assert.strictEqual(past.count, 1)
        const { position: _, id, fact, subject, place, index, ...rest } = whole(past.facts[0]!)
        assert.deepStrictEqual(rest, said)
        assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u)
        assert.instanceOf(fact, BookAcquired)
        assert.strictEqual(subject, `library.book.stock.${book.id}.book-acquired`)
        assert.strictEqual(place, `book/${book.id}`)
        assert.strictEqual(index, 1)
      })
    )

    it.effect("appends only while the place stands as it was seen, in any lane", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const book = freshBook()
        yield* log.append(placeOf(book), untouched, [new BookAcquired({ book, title: "" })], origin(`a-${book.id}`))
        const other = yield* log
          .append(placeOf(book), untouched, [new BookBorrowed({ book, reader: ann })], origin(`b-${book.id}`))
          .pipe(Effect.flip)
        assert.strictEqual(other._tag, "Conflict")
        assert.strictEqual((yield* log.read(placeOf(book))).count, 1)
      })
    )

    it.effect("appends several facts together or not at all", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const book = freshBook()
        const both = [new BookAcquired({ book, title: "" }), new BookShelved({ book, shelf: "a" })]
        const recorded = yield* log.append(placeOf(book), untouched, both, origin(`a-${book.id}`))
        assert.strictEqual(recorded[1]!.position, recorded[0]!.position + 1)
        const past = yield* log.read(placeOf(book))
        assert.deepStrictEqual(past.facts.map(whole), recorded.map(whole))
        const failed = yield* log.append(placeOf(book), untouched, both, origin(`b-${book.id}`)).pipe(Effect.flip)
        assert.strictEqual(failed._tag, "Conflict")
        assert.deepStrictEqual(yield* log.read(placeOf(book)), past)
      })
    )

    it.effect("reads facts of one kind that stand in a place twice", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const book = freshBook()
        const kinds = [BookBorrowed, BookReturned, BookBorrowed, BookReturned, BookBorrowed]
        let stand = untouched
        for (const [n, Kind] of kinds.entries()) {
          yield* log.append(placeOf(book), stand, [new Kind({ book, reader: ann })], origin(`${n}-${book.id}`))
          stand = yield* log.read(placeOf(book))
          assert.strictEqual(stand.count, n + 1)
        }
        const past = yield* log.read(placeOf(book))
        assert.deepStrictEqual(
          namesOf(past),
          kinds.map(({ identifier }) => identifier)
        )
        assert.deepStrictEqual(
          past.facts.map(({ index }) => index),
          [1, 2, 3, 4, 5]
        )
      })
    )

    it.effect("reads a place with more facts than one answer holds", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const book = freshBook()
        const many = Array.from({ length: 550 }, () => new BookBorrowed({ book, reader: ann }))
        yield* log.append(placeOf(book), untouched, many, origin(`a-${book.id}`))
        yield* log.append(placeOf(book), yield* log.read(placeOf(book)), many, origin(`b-${book.id}`))
        const past = yield* log.read(placeOf(book))
        assert.strictEqual(past.count, 1100)
        assert.deepStrictEqual(
          past.facts.map(({ index }) => index),
          Array.from({ length: 1100 }, (_, n) => n + 1)
        )
      })
    )

    it.effect("takes a command id once, wherever it is used", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const [one, two] = [freshBook(), freshBook()]
        const said = origin(`once-${one.id}`)
        yield* log.append(placeOf(one), untouched, [new BookAcquired({ book: one, title: "" })], said)
        const again = yield* log
          .append(placeOf(two), untouched, [new BookAcquired({ book: two, title: "" })], said)
          .pipe(Effect.flip)
        assert.strictEqual(again._tag, "AlreadyAppended")
        const facts = [new BookAcquired({ book: two, title: "" }), new BookShelved({ book: two, shelf: "s" })]
        const batch = yield* log.append(placeOf(two), untouched, facts, said).pipe(Effect.flip)
        assert.strictEqual(batch._tag, "AlreadyAppended")
        assert.strictEqual((yield* log.read(placeOf(two))).count, 0)
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
              .append(placeOf(book), untouched, [new BookAcquired({ book, title: `${n}` })], origin(`${n}-${book.id}`))
              .pipe(Effect.exit),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(exits.filter(Exit.isSuccess).length, 1)
        assert.strictEqual((yield* log.read(placeOf(book))).count, 1)
      })
    )

    it.effect("takes 1,000 facts at once, and says of more that they are too many", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const book = freshBook()
        const many = (count: number) => Array.from({ length: count }, () => new BookBorrowed({ book, reader: ann }))
        const tooMany = yield* log
          .append(placeOf(book), untouched, many(1_001), origin(`a-${book.id}`))
          .pipe(Effect.flip)
        assert.deepInclude<object>(tooMany, { _tag: "TooManyEvents", count: 1_001, max: 1_000 })
        assert.strictEqual((yield* log.read(placeOf(book))).count, 0)
        yield* log.append(placeOf(book), untouched, many(1_000), origin(`b-${book.id}`))
        assert.strictEqual((yield* log.read(placeOf(book))).count, 1_000)
      })
    )

    it.effect("takes facts up to the size that it says, alone and among others, and none that is larger", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const append = (...lengths: ReadonlyArray<number>) => {
          const book = freshBook()
          const facts = lengths.map((length) => new BookAcquired({ book, title: "ü".repeat(length / 2) }))
          return Effect.andThen(log.append(placeOf(book), untouched, facts, origin(book.id)), log.read(placeOf(book)))
        }
        const error = yield* Effect.flip(append(70_000))
        assert.deepInclude<object>(error, { _tag: "MessageTooLarge", type: "BookAcquired", max: 65_536 })
        const { bytes, max } = error as MessageTooLarge
        // Ids differ by some letters.
        const largest = 70_000 - (bytes - max) - 50
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
        const before = yield* log.newest()
        const facts = [
          new BookAcquired({ book, title: "" }),
          new BookBorrowed({ book, reader: ann }),
          new BookReturned({ book, reader: ann })
        ]
        const recorded = yield* log.append(placeOf(book), untouched, facts, origin(`a-${book.id}`))
        const positions = recorded.map(({ position }) => position)
        assert.strictEqual(positions[0], before + 1)
        assert.strictEqual(yield* log.newest(), positions[2])
        assert.strictEqual(yield* log.newest(["BookBorrowed", "BookAcquired"]), positions[1])
        const between = yield* log.between(["BookReturned", "BookAcquired"], before, positions[2]!)
        assert.deepStrictEqual(between.map(whole), [whole(recorded[0]!), whole(recorded[2]!)])
        assert.deepStrictEqual(yield* log.between(["BookReturned"], before, positions[1]!), [])
      })
    )
  })

/** Within its duplicate window a log knows an id again; then it does not. */
export const duplicateWindow = (ground: Ground) =>
  layer(ground.services({ ...library, log: { ...library.log, duplicateWindow: "200 millis" } }), {
    excludeTestServices: true
  })(`The duplicate window on ${ground.name}`, (it) => {
    it.effect("ends", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const said = origin(`window-${freshBook().id}`)
        const append = Effect.suspend(() => {
          const book = freshBook()
          return log.append(placeOf(book), untouched, [new BookAcquired({ book, title: "" })], said)
        })
        yield* append
        const repeated = yield* Effect.result(append)
        if (Result.isFailure(repeated)) assert.strictEqual(repeated.failure._tag, "AlreadyAppended")
        const again = yield* append.pipe(
          Effect.retry({ while: Predicate.isTagged("AlreadyAppended"), schedule: Schedule.spaced("50 millis") })
        )
        assert.strictEqual(again.length, 1)
      })
    )
  })
