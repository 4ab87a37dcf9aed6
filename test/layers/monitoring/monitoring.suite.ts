import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer, Option, Schedule } from "effect"
import { Boundary } from "#domain/model/index.ts"
import * as Rejections from "#layers/monitoring/feed/Rejections.ts"
import { why } from "#layers/monitoring/history/causation.ts"
import { past } from "#layers/monitoring/history/history.ts"
import { ScanBudget } from "#layers/monitoring/scans/ScanBudget.ts"
import { stride } from "#layers/monitoring/tail/countSnapshots.ts"
import { type Standing, write } from "#layers/monitoring/tail/EventCounts.ts"
import * as Watch from "#layers/monitoring/tail/LogTail.ts"
import { Audit, type Line } from "#layers/services/Audit.ts"
import { totalsBucket } from "#layers/services/buckets.ts"
import { EventLog, type Stand, untouched } from "#layers/services/EventLog.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { LogReader } from "#layers/services/LogReader.ts"
import type { Origin } from "#layers/services/RecordedEvent.ts"
import { ann, BookAcquired, BookBorrowed, BookIsOut, BookReturned, library } from "#test/boards/libraryBoard.ts"
import { freshBook, origin, placeOf } from "#test/support/library.ts"
import type { Ground } from "#test/support/services.ts"

/** Another process that looks on. */
const another = Effect.map(Layer.build(Layer.fresh(Watch.layer(library))), (built) => Context.get(built, Watch.Watch))

/** One acquired book, lent and given back again and again: so many facts. */
const fill = Effect.fnUntraced(function* (facts: number) {
  const log = yield* EventLog
  const book = freshBook()
  let stand: Stand = untouched
  for (let done = 0; done < facts;) {
    const many = Math.min(900, facts - done)
    const batch = Array.from({ length: many }, (_, n) =>
      done + n === 0
        ? new BookAcquired({ book, title: "" })
        : (done + n) % 2
          ? new BookBorrowed({ book, reader: ann })
          : new BookReturned({ book, reader: ann })
    )
    const recorded = yield* log.append(placeOf(book), stand, batch, origin(`${done}-${book.id}`))
    stand = { position: recorded.at(-1)!.position, count: recorded.at(-1)!.index }
    done += many
  }
  return book
})

const countsOf = ({ tallies }: Standing) =>
  Object.fromEntries(Array.from(tallies, ([type, { count }]) => [type, count]))

/** Another process that looks on at rejected commands. */
const anotherReader = Effect.map(Layer.build(Layer.fresh(Rejections.layer(library))), (built) =>
  Context.get(built, Rejections.Rejections)
)

let lines = 0

/** A line of the audit: BorrowBook was rejected because a book is out, or there was nothing to do. */
const line = (outcome: "refused" | "unchanged"): Line => {
  const book = freshBook()
  return {
    ...origin(`rejected-${lines}`),
    command: "BorrowBook",
    id: `line-${lines++}`,
    place: Boundary.spell(placeOf(book)),
    outcome,
    ...(outcome === "refused" && { refusal: new BookIsOut({ book }) })
  }
}

/** How the log is looked on: the same on every ground. */
export const watch = (ground: Ground) =>
  layer(ground.services(library), { excludeTestServices: true })(`Who looks on, on ${ground.name}`, (it) => {
    it.effect("counts once for all: another process goes on where it was kept", () =>
      Effect.gen(function* () {
        const reader = yield* LogReader
        const first = yield* fill(2 * stride + 10)
        const end = 2 * stride + 10
        const one = yield* another
        const standing = yield* one.standing
        assert.strictEqual(standing.position, end)
        assert.deepStrictEqual(countsOf(standing), {
          BookAcquired: 1,
          BookBorrowed: end / 2,
          BookReturned: end / 2 - 1
        })
        const kept = (yield* KeyValue).bucket(totalsBucket)
        yield* Effect.forEach(["newest", `at.${stride}`, `at.${2 * stride}`], (key) =>
          Effect.repeat(kept.get(key), { until: Option.isSome })
        )

        let asked: number | undefined
        const counting = LogReader.of({
          ...reader,
          follow: (after) => {
            asked = after
            return reader.follow(after)
          }
        })
        const two = yield* Effect.provideService(another, LogReader, counting)
        assert.deepStrictEqual(yield* two.standing, standing)
        assert.strictEqual(asked, 2 * stride)

        for (const position of [0, 1, 2, stride - 1, stride, stride + 1, end]) {
          const { position: at, tallies } = yield* two.at(position)
          assert.strictEqual(at, position)
          assert.strictEqual(tallies.get("BookBorrowed")?.count ?? 0, Math.floor(position / 2))
          assert.strictEqual(tallies.get("BookAcquired")?.count ?? 0, Math.min(position, 1))
        }

        const find = past(library, two, reader)
        const acquired = yield* find({ types: ["BookAcquired"], limit: 5 })
        assert.deepStrictEqual(
          acquired.facts.map(({ position }) => position),
          [1]
        )
        assert.isNull(acquired.next)
        assert.strictEqual((acquired.facts[0]!.data as any).book.id, first.id)
        const nothing = yield* find({ types: ["BookShelved"], limit: 5 })
        assert.deepStrictEqual(nothing, { facts: [], next: null })
        const story = yield* find({ correlationId: "no such", limit: 5 })
        assert.deepStrictEqual(story, { facts: [], next: null })
      }).pipe(Effect.scoped)
    )

    it.effect(
      "counts again what was kept and is none, or does not add up; keeps it again where it was taken away",
      () =>
        Effect.gen(function* () {
          const kept = (yield* KeyValue).bucket(totalsBucket)
          const log = yield* (yield* EventLog).identity
          const right = (yield* kept.get(`at.${stride}`)).pipe(Option.getOrThrow).value
          const one = yield* another
          const expected = yield* one.at(stride)
          const madeUp = (position: number, count: number) =>
            write(log, { position, tallies: new Map([["MadeUp", { count, position: 1, storedAt: 0 }]]) })
          const wrongs = [
            "garbage",
            "",
            "[]",
            madeUp(-5, -5),
            madeUp(stride, 3),
            madeUp(stride - 1, stride - 1),
            madeUp(99_999_999, 99_999_999),
            right.replace(/"position":\d+/u, '"position":1e308')
          ]
          for (const wrong of wrongs) {
            for (const key of [`at.${stride}`, "newest"]) {
              const now = Option.getOrThrow(yield* kept.get(key))
              yield* kept.put(key, wrong, now.revision)
            }
            const two = yield* another
            assert.deepStrictEqual((yield* two.standing).tallies.get("MadeUp"), undefined, wrong)
            assert.deepStrictEqual(yield* two.at(stride), expected, wrong)
            for (const key of [`at.${stride}`, "newest"]) {
              yield* Effect.repeat(kept.get(key), {
                until: (now) => Option.exists(now, ({ value }) => value !== wrong),
                schedule: Schedule.spaced("10 millis")
              })
            }
          }
          yield* kept.clear
          yield* Effect.repeat(kept.get("newest"), { until: Option.isSome, schedule: Schedule.spaced("10 millis") })
        }).pipe(Effect.scoped)
    )

    it.effect("finds what belongs together however far apart it is, and reads only the pages that may have it", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const reader = yield* LogReader
        const add = (origin: Origin) => {
          const book = freshBook()
          return Effect.map(
            log.append(placeOf(book), untouched, [new BookAcquired({ book, title: "" })], origin),
            ([recorded]) => recorded!
          )
        }
        const first = yield* add({ ...origin("far-1"), correlationId: "before" })
        const second = yield* add({ ...origin("far-2"), correlationId: "far", causationId: first.id })
        yield* fill(2 * stride + 1_500)
        const third = yield* add({ ...origin("far-3"), correlationId: "far", causationId: second.id })
        yield* fill(1_500)

        /** Answers of a process that has just begun to look on, and how many events it read for them. */
        const asked = Effect.fnUntraced(function* () {
          let events = 0
          const counting = LogReader.of({
            ...reader,
            page: (after, upTo) =>
              Effect.tap(reader.page(after, upTo), ({ length }) => {
                events += length
                return Effect.void
              })
          })
          const process = yield* Effect.provideService(another, LogReader, counting)
          yield* process.standing
          const links = yield* process.links
          for (let end = stride; end <= (yield* log.newest()); end += stride) {
            yield* links.filtersOf(end, new ScanBudget(Number.POSITIVE_INFINITY))
          }
          events = 0
          const newest = yield* log.newest()
          const story = yield* why(library, process, counting)(third.position, newest)
          const found = yield* past(library, process, counting)({ correlationId: "far", limit: 10 })
          return { events, found, newest, story: story! }
        }, Effect.scoped)

        const check = ({ events, found, newest, story }: Effect.Success<ReturnType<typeof asked>>) => {
          assert.deepStrictEqual(story.chain, [first.position, second.position, third.position])
          assert.deepStrictEqual(
            story.steps.map(({ causedBy, facts }) => [causedBy, ...facts.map(({ position }) => position)]),
            [
              [null, first.position],
              [first.position, second.position],
              [second.position, third.position]
            ]
          )
          assert.deepStrictEqual(story.looked, { from: 1, upTo: newest })
          assert.isTrue(story.complete)
          assert.deepStrictEqual(
            found.facts.map(({ position }) => position),
            [third.position, second.position]
          )
          assert.isNull(found.next)
          assert.isAbove(newest, 2 * stride)
          assert.isBelow(events, 10_000)
        }
        // The first one may still index in the background what was taken away before.
        yield* asked()
        check(yield* asked())

        // Filters that are gone, or of other events, are made again from the log.
        const kept = (yield* KeyValue).bucket(totalsBucket)
        const key = `links.${stride}`
        const { revision, value } = Option.getOrThrow(yield* kept.get(key))
        const filters = Buffer.alloc(Buffer.from(JSON.parse(value).filters, "base64").length).toString("base64")
        yield* kept.put(key, JSON.stringify({ ...JSON.parse(value), end: "another event", filters }), revision, "links")
        check(yield* asked())
      }).pipe(Effect.scoped)
    )

    it.effect("waits for what comes, and holds it", () =>
      Effect.gen(function* () {
        const one = yield* another
        const { position } = yield* one.standing
        yield* Effect.forkScoped(fill(3))
        for (let seen = position; seen < position + 3;) {
          yield* one.beyond(seen)
          seen = one.behind(seen).messages!.at(-1)!.position
        }
        const { messages, standing } = one.behind(position)
        assert.deepStrictEqual(
          messages!.map(({ position }) => position),
          [position + 1, position + 2, position + 3]
        )
        assert.strictEqual(standing.position, position + 3)
      }).pipe(Effect.scoped)
    )

    it.effect("takes nothing that was kept of another log", () =>
      Effect.gen(function* () {
        const kept = (yield* KeyValue).bucket(totalsBucket)
        const { revision } = Option.getOrThrow(yield* kept.get("newest"))
        const made = { position: 1, tallies: new Map([["MadeUp", { count: 1, position: 1, storedAt: 0 }]]) }
        yield* kept.put("newest", write("another log of that name", made), revision)
        const { standing } = yield* another
        const { position, tallies } = yield* standing
        assert.isUndefined(tallies.get("MadeUp"))
        assert.strictEqual(
          Array.from(tallies.values(), ({ count }) => count).reduce((a, b) => a + b),
          position
        )
      }).pipe(Effect.scoped)
    )

    it.effect("rejected commands are counted and told, whichever process audited them", () =>
      Effect.gen(function* () {
        const { write } = yield* Audit
        yield* Effect.forEach([line("refused"), line("unchanged"), line("refused")], write)
        const reader = yield* anotherReader
        assert.strictEqual((yield* reader.now).get("BorrowBook")!.count, 2)
        assert.deepStrictEqual((yield* reader.now).get("AcquireBook"), { count: 0, last: null })

        const late = line("refused")
        yield* write(late)
        let told = yield* reader.changed(0)
        while (told.commands.size === 0) told = yield* reader.changed(told.version)
        assert.deepStrictEqual(Array.from(told.commands), [
          [
            "BorrowBook",
            {
              count: 3,
              last: {
                type: "BookIsOut",
                place: late.place,
                actor: late.actor,
                time: late.time,
                correlationid: late.correlationId
              }
            }
          ]
        ])

        // Who begins later knows as much, and is told of nothing that was before.
        const later = yield* anotherReader
        assert.strictEqual((yield* later.now).get("BorrowBook")!.count, 3)
        yield* write(line("unchanged"))
        const next = line("refused")
        yield* write(next)
        let last = yield* later.changed(0)
        while (last.commands.size === 0) last = yield* later.changed(last.version)
        const { count, last: newest } = last.commands.get("BorrowBook")!
        assert.deepStrictEqual([count, newest!.place], [4, next.place])
      })
    )
  })
