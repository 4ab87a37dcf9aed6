import { assert, layer } from "@effect/vitest"
import { Array, Effect, Fiber, Queue, Result, Stream } from "effect"
import { EventLog, untouched } from "#layers/services/EventLog.ts"
import { type Logged, LogReader, pageSize } from "#layers/services/LogReader.ts"
import { ann, BookAcquired, BookBorrowed, BookReturned, library } from "#test/boards/libraryBoard.ts"
import { freshBook, origin, placeOf } from "#test/support/library.ts"
import type { Ground } from "#test/support/services.ts"

const append = Effect.fnUntraced(function* (loans: number) {
  const log = yield* EventLog
  const book = freshBook()
  const facts = [
    new BookAcquired({ book, title: "“Ahab”" }),
    ...Array.range(1, loans).flatMap(() => [
      new BookBorrowed({ book, reader: ann }),
      new BookReturned({ book, reader: ann })
    ])
  ]
  return yield* log.append(placeOf(book), untouched, facts, origin(`r-${book.id}`))
})

const factsOf = (logged: ReadonlyArray<Logged>) => logged.map(({ fact }) => Result.getOrThrow(fact()))

/** What is promised to those who look on. */
export const logReader = (ground: Ground) =>
  layer(ground.services(library), { excludeTestServices: true })(`LogReader on ${ground.name}`, (it) => {
    it.effect("reads every message as it stands, by position", () =>
      Effect.gen(function* () {
        const reader = yield* LogReader
        const recorded = yield* append(2)
        const [first, last] = [recorded[0]!.position, recorded.at(-1)!.position]
        const all = yield* reader.page(first - 1, last)
        assert.deepStrictEqual(factsOf(all), recorded)
        assert.deepStrictEqual(factsOf(yield* reader.page(first, first + 2)), recorded.slice(1, 3))
        assert.deepStrictEqual(yield* reader.page(last, last + 10), [])
        assert.deepStrictEqual(yield* reader.page(last, first), [])
        const { attributes, data, storedAt, subject } = all[0]!
        assert.strictEqual(subject, recorded[0]!.subject)
        assert.isAbove(storedAt, 1_600_000_000_000)
        assert.deepInclude(attributes(), { type: "BookAcquired", id: recorded[0]!.id, subject: recorded[0]!.place })
        assert.deepInclude(data() as object, { title: "“Ahab”" })
      })
    )

    it.effect("has at most a thousand in a page", () =>
      Effect.gen(function* () {
        const reader = yield* LogReader
        const recorded = yield* append(499)
        const more = yield* append(499)
        const first = recorded[0]!.position
        const page = yield* reader.page(first - 1, more.at(-1)!.position)
        assert.strictEqual(page.length, pageSize)
        assert.strictEqual(page.at(-1)!.position, first + pageSize - 1)
      })
    )

    it.effect("has all of what is large, in as many pages as it takes", () =>
      Effect.gen(function* () {
        const reader = yield* LogReader
        const log = yield* EventLog
        const titles = Array.range(1, 160).map((n) => String.fromCharCode(97 + (n % 26)).repeat(60_000))
        const recorded = yield* Effect.forEach(titles, (title) => {
          const book = freshBook()
          return Effect.map(
            log.append(placeOf(book), untouched, [new BookAcquired({ book, title })], origin(`large-${book.id}`)),
            ([one]) => one!
          )
        })
        const [first, last] = [recorded[0]!.position, recorded.at(-1)!.position]
        const all: globalThis.Array<Logged> = []
        for (let after = first - 1; after < last; after = all.at(-1)!.position) {
          const page = yield* reader.page(after, last)
          assert.isNotEmpty(page)
          all.push(...page)
        }
        assert.deepStrictEqual(factsOf(all), recorded)
      })
    )

    it.effect("reads a place, in order", () =>
      Effect.gen(function* () {
        const reader = yield* LogReader
        const recorded = yield* append(3)
        yield* append(1)
        const place = { boundary: "book", key: recorded[0]!.place.slice("book/".length) }
        assert.deepStrictEqual(factsOf(yield* reader.place(place)), recorded)
        assert.deepStrictEqual(yield* reader.place(placeOf(freshBook())), [])
      })
    )

    it.effect("follows: what is there, then what comes, without a gap", () =>
      Effect.gen(function* () {
        const reader = yield* LogReader
        const log = yield* EventLog
        const before = yield* log.newest()
        const first = yield* append(2)
        const seen = yield* Queue.unbounded<Logged>()
        const fiber = yield* reader.follow(before).pipe(
          Stream.runForEach((batch) => Queue.offerAll(seen, batch)),
          Effect.forkChild
        )
        assert.deepStrictEqual(factsOf(yield* Queue.takeN(seen, first.length)), first)
        const second = yield* append(20)
        assert.deepStrictEqual(factsOf(yield* Queue.takeN(seen, second.length)), second)
        yield* Fiber.interrupt(fiber)
      })
    )

    it.effect("replays facts of some types in small pages", () =>
      Effect.gen(function* () {
        const reader = yield* LogReader
        const recorded = yield* append(300)
        const wanted = recorded.filter(({ fact }) => fact._tag === "BookBorrowed")
        const seen: globalThis.Array<number> = []
        const upTo = wanted.at(-1)!.position
        yield* reader.replay(["BookBorrowed"], recorded[0]!.position - 1, upTo, (page) =>
          Effect.sync(() => {
            assert.isAtMost(page.length, 250)
            seen.push(...page.map(({ position }) => position))
          })
        )
        assert.deepStrictEqual(
          seen,
          wanted.map(({ position }) => position)
        )
      })
    )

    it.effect("knows the log by something that stays", () =>
      Effect.gen(function* () {
        const { identity } = yield* EventLog
        const is = yield* identity
        yield* append(1)
        assert.isNotEmpty(is)
        assert.strictEqual(yield* identity, is)
      })
    )
  })
