import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer, Option, Schedule } from "effect"
import { Boundary } from "#domain/model/index.ts"
import { totalsBucket } from "#layers/buckets/bucketNames.ts"
import * as Rejections from "#layers/monitoring/feed/RejectionTracker.ts"
import { explainCausation } from "#layers/monitoring/history/causation.ts"
import { historyReader } from "#layers/monitoring/history/historyReader.ts"
import { ScanBudget } from "#layers/monitoring/scans/ScanBudget.ts"
import { snapshotInterval } from "#layers/monitoring/tail/countSnapshots.ts"
import { type EventCounts, encodeSnapshot } from "#layers/monitoring/tail/EventCounts.ts"
import * as Monitoring from "#layers/monitoring/tail/LogTail.ts"
import { Audit, type AuditEntry } from "#layers/services/Audit.ts"
import { EventLog, type StreamVersion, emptyStream } from "#layers/services/EventLog.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { LogReader } from "#layers/services/LogReader.ts"
import type { EventMetadata } from "#layers/services/RecordedEvent.ts"
import { ann, BookAcquired, BookBorrowed, BookIsOut, BookReturned, library } from "#test/boards/libraryBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import type { Backend } from "#test/support/backends.ts"
import { freshBook, testMetadata, streamIdOf } from "#test/support/libraryFixtures.ts"

/** The log tail of another process. */
const secondProcess = Effect.map(Layer.build(Layer.fresh(Monitoring.layer(library))), (built) =>
  Context.get(built, Monitoring.LogTail)
)

/** Appends events of one book, which is acquired, and then borrowed and returned again and again. */
const fillLog = Effect.fnUntraced(function* (eventCount: number) {
  const log = yield* EventLog
  const book = freshBook()
  let version: StreamVersion = emptyStream
  for (let done = 0; done < eventCount;) {
    const batchSize = Math.min(900, eventCount - done)
    const batch = Array.from({ length: batchSize }, (_, n) =>
      done + n === 0
        ? new BookAcquired({ book, title: "" })
        : (done + n) % 2
          ? new BookBorrowed({ book, reader: ann })
          : new BookReturned({ book, reader: ann })
    )
    const recorded = yield* appendTo(log, streamIdOf(book), version, batch, testMetadata(`${done}-${book.id}`))
    version = { position: recorded.at(-1)!.position, count: recorded.at(-1)!.streamRevision }
    done += batchSize
  }
  return book
})

const countsOf = ({ byType }: EventCounts) =>
  Object.fromEntries(Array.from(byType, ([type, { count }]) => [type, count]))

/** The rejection tracker of another process. */
const secondTracker = Effect.map(Layer.build(Layer.fresh(Rejections.layer(library))), (built) =>
  Context.get(built, Rejections.RejectionTracker)
)

let entryCount = 0

/** An entry of the audit: BorrowBook was rejected because a book is out, or there was nothing to do. */
const auditEntry = (outcome: "refused" | "unchanged"): AuditEntry => {
  const book = freshBook()
  return {
    ...testMetadata(`rejected-${entryCount}`),
    command: "BorrowBook",
    id: `line-${entryCount++}`,
    streamId: Boundary.format(streamIdOf(book)),
    outcome,
    ...(outcome === "refused" && { rejection: new BookIsOut({ book }) })
  }
}

/** Monitoring on every backend. */
export const monitoring = (backend: Backend) =>
  layer(backend.services(library), { excludeTestServices: true })(`Monitoring on ${backend.name}`, (it) => {
    it.effect("counts the log once: another process continues at the stored counts", () =>
      Effect.gen(function* () {
        const reader = yield* LogReader
        const first = yield* fillLog(2 * snapshotInterval + 10)
        const end = 2 * snapshotInterval + 10
        const one = yield* secondProcess
        const counts = yield* one.counts
        assert.strictEqual(counts.position, end)
        assert.deepStrictEqual(countsOf(counts), {
          BookAcquired: 1,
          BookBorrowed: end / 2,
          BookReturned: end / 2 - 1
        })
        const totals = (yield* KeyValue).bucket(totalsBucket)
        yield* Effect.forEach(["newest", `at.${snapshotInterval}`, `at.${2 * snapshotInterval}`], (key) =>
          Effect.repeat(totals.get(key), { until: Option.isSome })
        )

        let followedAfter: number | undefined
        const counting = LogReader.of({
          ...reader,
          follow: (after) => {
            followedAfter = after
            return reader.follow(after)
          }
        })
        const two = yield* Effect.provideService(secondProcess, LogReader, counting)
        assert.deepStrictEqual(yield* two.counts, counts)
        assert.strictEqual(followedAfter, 2 * snapshotInterval)

        for (const position of [0, 1, 2, snapshotInterval - 1, snapshotInterval, snapshotInterval + 1, end]) {
          const { position: at, byType } = yield* two.countsAt(position)
          assert.strictEqual(at, position)
          assert.strictEqual(byType.get("BookBorrowed")?.count ?? 0, Math.floor(position / 2))
          assert.strictEqual(byType.get("BookAcquired")?.count ?? 0, Math.min(position, 1))
        }

        const find = historyReader(library, two, reader)
        const acquired = yield* find({ types: ["BookAcquired"], limit: 5 })
        assert.deepStrictEqual(
          acquired.facts.map(({ position }) => position),
          [1]
        )
        assert.isNull(acquired.next)
        assert.strictEqual((acquired.facts[0]!.data as any).book.id, first.id)
        const none = yield* find({ types: ["BookShelved"], limit: 5 })
        assert.deepStrictEqual(none, { facts: [], next: null })
        const correlated = yield* find({ correlationId: "no such", limit: 5 })
        assert.deepStrictEqual(correlated, { facts: [], next: null })
      }).pipe(Effect.scoped)
    )

    it.effect(
      "counts again where stored counts are corrupt or inconsistent, and stores them again where they were removed",
      () =>
        Effect.gen(function* () {
          const totals = (yield* KeyValue).bucket(totalsBucket)
          const log = yield* (yield* EventLog).identity
          const valid = (yield* totals.get(`at.${snapshotInterval}`)).pipe(Option.getOrThrow).value
          const one = yield* secondProcess
          const expected = yield* one.countsAt(snapshotInterval)
          const fakeCounts = (position: number, count: number) =>
            encodeSnapshot(log, {
              position,
              auxiliary: 0,
              byType: new Map([["MadeUp", { count, position: 1, storedAt: 0 }]])
            })
          const corruptions = [
            "garbage",
            "",
            "[]",
            fakeCounts(-5, -5),
            fakeCounts(snapshotInterval, 3),
            fakeCounts(snapshotInterval - 1, snapshotInterval - 1),
            fakeCounts(99_999_999, 99_999_999),
            valid.replace(/"position":\d+/u, '"position":1e308')
          ]
          for (const corrupt of corruptions) {
            for (const key of [`at.${snapshotInterval}`, "newest"]) {
              const now = Option.getOrThrow(yield* totals.get(key))
              yield* totals.put(key, corrupt, now.revision)
            }
            const two = yield* secondProcess
            assert.deepStrictEqual((yield* two.counts).byType.get("MadeUp"), undefined, corrupt)
            assert.deepStrictEqual(yield* two.countsAt(snapshotInterval), expected, corrupt)
            for (const key of [`at.${snapshotInterval}`, "newest"]) {
              yield* Effect.repeat(totals.get(key), {
                until: (now) => Option.exists(now, ({ value }) => value !== corrupt),
                schedule: Schedule.spaced("10 millis")
              })
            }
          }
          yield* totals.clear
          yield* Effect.repeat(totals.get("newest"), { until: Option.isSome, schedule: Schedule.spaced("10 millis") })
        }).pipe(Effect.scoped)
    )

    it.effect("finds the events of a correlation across the log, and reads only the pages that may contain them", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const reader = yield* LogReader
        const add = (metadata: EventMetadata) => {
          const book = freshBook()
          return Effect.map(
            appendTo(log, streamIdOf(book), emptyStream, [new BookAcquired({ book, title: "" })], metadata),
            ([recorded]) => recorded!
          )
        }
        const first = yield* add({ ...testMetadata("far-1"), correlationId: "before" })
        const second = yield* add({ ...testMetadata("far-2"), correlationId: "far", causationId: first.id })
        yield* fillLog(2 * snapshotInterval + 1_500)
        const third = yield* add({ ...testMetadata("far-3"), correlationId: "far", causationId: second.id })
        yield* fillLog(1_500)

        /** Answers of a process that has just started, and how many events it read for them. */
        const queryFresh = Effect.fnUntraced(function* () {
          let events = 0
          const counting = LogReader.of({
            ...reader,
            readPage: (after, upTo) =>
              Effect.tap(reader.readPage(after, upTo), ({ length }) => {
                events += length
                return Effect.void
              })
          })
          const process = yield* Effect.provideService(secondProcess, LogReader, counting)
          yield* process.counts
          const links = yield* process.links
          for (let end = snapshotInterval; end <= (yield* log.lastPosition()); end += snapshotInterval) {
            yield* links.filtersOf(end, new ScanBudget(Number.POSITIVE_INFINITY))
          }
          events = 0
          const newest = yield* log.lastPosition()
          const causation = yield* explainCausation(library, process, counting)(third.position, newest)
          const found = yield* historyReader(library, process, counting)({ correlationId: "far", limit: 10 })
          return { events, found, newest, causation: causation! }
        }, Effect.scoped)

        const check = ({ events, found, newest, causation }: Effect.Success<ReturnType<typeof queryFresh>>) => {
          assert.deepStrictEqual(causation.chain, [first.position, second.position, third.position])
          assert.deepStrictEqual(
            causation.steps.map(({ causedBy, facts }) => [causedBy, ...facts.map(({ position }) => position)]),
            [
              [null, first.position],
              [first.position, second.position],
              [second.position, third.position]
            ]
          )
          assert.deepStrictEqual(causation.looked, { from: 1, upTo: newest })
          assert.isTrue(causation.complete)
          assert.deepStrictEqual(
            found.facts.map(({ position }) => position),
            [third.position, second.position]
          )
          assert.isNull(found.next)
          assert.isAbove(newest, 2 * snapshotInterval)
          assert.isBelow(events, 10_000)
        }
        // The first process may still rebuild filters in the background that an earlier test removed.
        yield* queryFresh()
        check(yield* queryFresh())

        // Filters that are missing, or of other events, are rebuilt from the log.
        const totals = (yield* KeyValue).bucket(totalsBucket)
        const key = `links.${snapshotInterval}`
        const { revision, value } = Option.getOrThrow(yield* totals.get(key))
        const filters = Buffer.alloc(Buffer.from(JSON.parse(value).filters, "base64").length).toString("base64")
        yield* totals.put(
          key,
          JSON.stringify({ ...JSON.parse(value), end: "another event", filters }),
          revision,
          "links"
        )
        check(yield* queryFresh())
      }).pipe(Effect.scoped)
    )

    it.effect("waits for new events, and keeps the newest", () =>
      Effect.gen(function* () {
        const one = yield* secondProcess
        const { position } = yield* one.counts
        yield* Effect.forkScoped(fillLog(3))
        for (let last = position; last < position + 3;) {
          yield* one.waitPast(last)
          last = one.since(last).messages!.at(-1)!.position
        }
        const { messages, counts } = one.since(position)
        assert.deepStrictEqual(
          messages!.map(({ position }) => position),
          [position + 1, position + 2, position + 3]
        )
        assert.strictEqual(counts.position, position + 3)
      }).pipe(Effect.scoped)
    )

    it.effect("ignores stored counts of another log", () =>
      Effect.gen(function* () {
        const totals = (yield* KeyValue).bucket(totalsBucket)
        const { revision } = Option.getOrThrow(yield* totals.get("newest"))
        const fakeCounts = {
          position: 1,
          auxiliary: 0,
          byType: new Map([["MadeUp", { count: 1, position: 1, storedAt: 0 }]])
        }
        yield* totals.put("newest", encodeSnapshot("another log of that name", fakeCounts), revision)
        const { counts } = yield* secondProcess
        const { position, byType } = yield* counts
        assert.isUndefined(byType.get("MadeUp"))
        assert.strictEqual(
          Array.from(byType.values(), ({ count }) => count).reduce((a, b) => a + b),
          position
        )
      }).pipe(Effect.scoped)
    )

    it.effect("rejections are counted and announced, whichever process audited them", () =>
      Effect.gen(function* () {
        const { write } = yield* Audit
        yield* Effect.forEach([auditEntry("refused"), auditEntry("unchanged"), auditEntry("refused")], write)
        const tracker = yield* secondTracker
        assert.strictEqual((yield* tracker.current).get("BorrowBook")!.count, 2)
        assert.deepStrictEqual((yield* tracker.current).get("AcquireBook"), { count: 0, last: null })

        const late = auditEntry("refused")
        yield* write(late)
        let change = yield* tracker.awaitChanges(0)
        while (change.commands.size === 0) change = yield* tracker.awaitChanges(change.version)
        assert.deepStrictEqual(Array.from(change.commands), [
          [
            "BorrowBook",
            {
              count: 3,
              last: {
                type: "BookIsOut",
                place: late.streamId,
                actor: late.actor,
                time: late.time,
                correlationid: late.correlationId
              }
            }
          ]
        ])

        // A process that starts later has the same counts, and announces no earlier rejection.
        const later = yield* secondTracker
        assert.strictEqual((yield* later.current).get("BorrowBook")!.count, 3)
        yield* write(auditEntry("unchanged"))
        const next = auditEntry("refused")
        yield* write(next)
        let last = yield* later.awaitChanges(0)
        while (last.commands.size === 0) last = yield* later.awaitChanges(last.version)
        const { count, last: newest } = last.commands.get("BorrowBook")!
        assert.deepStrictEqual([count, newest!.place], [4, next.streamId])
      })
    )
  })
