import { assert, it } from "@effect/vitest"
import { Clock, Effect, Queue, Stream, SubscriptionRef } from "effect"
import { TestClock } from "effect/testing"
import { eventFeed, type Sink } from "#layers/monitoring/feed/EventFeed.ts"
import { initialStateAt, feedItemReader, type EventFilter } from "#layers/monitoring/feed/feedItems.ts"
import { EventCounter } from "#layers/monitoring/tail/EventCounts.ts"
import type { LogTail } from "#layers/monitoring/tail/LogTail.ts"
import { RecentMessages } from "#layers/monitoring/tail/RecentMessages.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { bareLogMessage } from "#test/support/bareLogMessage.ts"
import { steppedClock } from "#test/support/steppedClock.ts"

/** A log tail that the test lets grow. */
const growingLogTail = Effect.gen(function* () {
  const recent = new RecentMessages(500)
  const counter = new EventCounter()
  const position = yield* SubscriptionRef.make(0)
  const logTail: LogTail["Service"] = {
    counts: Effect.sync(() => counter.snapshot()),
    countsAt: () => Effect.never,
    links: Effect.never,
    since: (after) => ({ messages: recent.since(after), counts: counter.snapshot() }),
    waitPast: (after) =>
      SubscriptionRef.changes(position).pipe(
        Stream.filter((position) => position > after),
        Stream.runHead,
        Effect.asVoid
      )
  }
  const grow = Effect.fnUntraced(function* (by: number) {
    const from = counter.position
    const messages = Array.from({ length: by }, (_, n) => bareLogMessage(from + n + 1))
    recent.add(messages)
    for (const { position } of messages) counter.add("BookBorrowed", { position, storedAt: position })
    yield* SubscriptionRef.set(position, counter.position)
  })
  return { logTail, grow }
})

/** A connection with what was written to it: `3` for three events, `=9` for counts up to position 9. */
const connection = () => {
  const written = Effect.runSync(Queue.unbounded<string>())
  const chunks: Array<Uint8Array> = []
  const state = { drained: true, dropped: false }
  const sink: Sink = {
    write: (bytes) => {
      chunks.push(bytes)
      const text = new TextDecoder().decode(bytes)
      Queue.offerUnsafe(written, /^f+$/u.test(text) ? `${text.length}` : text)
    },
    isDrained: () => state.drained,
    disconnect: () => {
      state.dropped = true
    }
  }
  return { sink, state, chunks, next: Queue.take(written), size: () => chunks.length }
}

/** A feed that writes an `f` for each event, and counts what it encodes. */
const feedOf = Effect.fnUntraced(function* (logTail: LogTail["Service"]) {
  const encoded = { events: 0, counts: 0 }
  const feed = yield* eventFeed(library, logTail, {
    event: () => {
      encoded.events++
      return "f"
    },
    counts: (counts) => {
      encoded.counts++
      return Object.keys(counts.types).length > 0 ? `=${counts.position}` : `none=${counts.position}`
    },
    heartbeat: "quiet"
  })
  return { encoded, feed }
})

/** A feed with one listener, and its connection. */
const listenTo = Effect.fnUntraced(function* (logTail: LogTail["Service"], after: number, filter: EventFilter = {}) {
  const { feed } = yield* feedOf(logTail)
  const one = connection()
  yield* feed.listen(filter, after, one.sink)
  return one
})

it.effect("a listener receives up to 200 events a second, counts above that, and events again below it", () =>
  Effect.gen(function* () {
    const { grow, logTail } = yield* growingLogTail
    yield* grow(10)
    const { next, size } = yield* listenTo(logTail, 10)
    const received = (by: number, after: string) =>
      Effect.gen(function* () {
        yield* TestClock.adjust(after as "1 second")
        yield* grow(by)
        return yield* next
      })
    assert.strictEqual(yield* received(200, "1 second"), "200")
    for (let n = 0; n < 5; n++) assert.strictEqual(yield* received(50, "250 millis"), "50")
    assert.strictEqual(yield* received(51, "250 millis"), "=511")
    // Counts come four times a second at most: changes meanwhile are sent together.
    const before = size()
    yield* grow(300)
    yield* TestClock.adjust("249 millis")
    yield* grow(300)
    assert.strictEqual(size(), before)
    yield* TestClock.adjust("1 millis")
    assert.strictEqual(yield* next, "=1111")
    yield* TestClock.adjust("1 second")
    yield* grow(3)
    assert.strictEqual(yield* next, "3")
  }).pipe(Effect.scoped)
)

it.effect("a listener that is slow, or starts far behind, receives counts", () =>
  Effect.gen(function* () {
    const { grow, logTail } = yield* growingLogTail
    yield* grow(5_000)
    const far = yield* listenTo(logTail, 1)
    assert.strictEqual(yield* far.next, "=5000")
    const slow = yield* listenTo(logTail, 5_000)
    slow.state.drained = false
    for (let n = 0; n < 20; n++) yield* grow(400)
    yield* TestClock.adjust("1 second")
    assert.strictEqual(slow.size(), 0)
    slow.state.drained = true
    yield* TestClock.adjust("250 millis")
    assert.strictEqual(yield* slow.next, "=13000")
  }).pipe(Effect.scoped)
)

it.effect("an idle connection receives a heartbeat every ten seconds", () =>
  Effect.gen(function* () {
    const { grow, logTail } = yield* growingLogTail
    yield* grow(1)
    const { next, size } = yield* listenTo(logTail, 1)
    yield* TestClock.adjust("9999 millis")
    assert.strictEqual(size(), 0)
    yield* TestClock.adjust("1 millis")
    assert.strictEqual(yield* next, "quiet")
    yield* grow(1)
    assert.strictEqual(yield* next, "1")
  }).pipe(Effect.scoped)
)

for (const [how, millis] of [
  ["back", -3_600_000],
  ["forward", 3_600_000]
] as const)
  it.effect(`a clock that is set ${how} by an hour delays no event and no heartbeat`, () =>
    Effect.gen(function* () {
      const { clock, step } = yield* steppedClock
      yield* Effect.gen(function* () {
        const { grow, logTail } = yield* growingLogTail
        yield* grow(1)
        const { next } = yield* listenTo(logTail, 1)
        yield* grow(50)
        assert.strictEqual(yield* next, "50")
        yield* step(millis)
        yield* grow(150)
        assert.strictEqual(yield* next, "150", "the budget is unchanged")
        yield* TestClock.adjust("500 millis")
        yield* grow(100)
        assert.strictEqual(yield* next, "100", "the budget grows with the elapsed time")
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual(yield* next, "quiet")
      }).pipe(Effect.provideService(Clock.Clock, clock))
    }).pipe(Effect.scoped)
  )

it.effect("a listener receives no event outside of its filter", () =>
  Effect.gen(function* () {
    const { grow, logTail } = yield* growingLogTail
    const { next, size } = yield* listenTo(logTail, 0, { types: ["BookReturned"] })
    yield* grow(3)
    yield* TestClock.adjust("9 seconds")
    yield* grow(3)
    yield* TestClock.adjust("999 millis")
    assert.strictEqual(size(), 0)
    yield* TestClock.adjust("1 millis")
    assert.strictEqual(yield* next, "quiet")
  }).pipe(Effect.scoped)
)

it.effect("counts are totals of the types that changed", () =>
  Effect.gen(function* () {
    const { grow, logTail } = yield* growingLogTail
    yield* grow(1_000)
    const [counts] = feedItemReader(library, logTail, {})(initialStateAt(0, 0), 0, 200)
    assert.deepStrictEqual(counts, {
      _tag: "Counts",
      counts: {
        since: 0,
        position: 1_000,
        types: { BookBorrowed: { count: 1_000, position: 1_000, time: "1970-01-01T00:00:01.000Z" } }
      }
    })
    const [none] = feedItemReader(library, logTail, { types: ["BookReturned"] })(initialStateAt(0, 0), 0, 200)
    assert.deepStrictEqual(none, { _tag: "Counts", counts: { since: 0, position: 1_000, types: {} } })
  })
)

it.effect("each event is encoded once, and listeners with the same filter are written the same bytes", () =>
  Effect.gen(function* () {
    const { grow, logTail } = yield* growingLogTail
    const { encoded, feed } = yield* feedOf(logTail)
    const all = Array.from({ length: 500 }, connection)
    const borrowed = Array.from({ length: 500 }, connection)
    const returned = connection()
    for (const { sink } of all) yield* feed.listen({}, 0, sink)
    for (const { sink } of borrowed) yield* feed.listen({ types: ["BookBorrowed"] }, 0, sink)
    yield* feed.listen({ types: ["BookReturned"] }, 0, returned.sink)
    let events = 0
    for (let n = 0; n < 5; n++) {
      yield* TestClock.adjust("2 seconds")
      yield* grow(19)
      events += 19
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(encoded.events, events)
    }
    assert.strictEqual(encoded.counts, 0)
    for (const group of [all, borrowed]) {
      for (const { chunks } of group) {
        assert.strictEqual(new TextDecoder().decode(Buffer.concat(chunks)), "f".repeat(events))
        for (const [n, chunk] of chunks.entries()) assert.strictEqual(chunk, group[0]!.chunks[n])
      }
    }
    assert.isFalse(returned.chunks.some((chunk) => new TextDecoder().decode(chunk).includes("f")))
    // Too many events: counts are encoded once for each filter that they match.
    yield* grow(400)
    yield* TestClock.adjust("2 seconds")
    assert.deepStrictEqual(encoded, { events, counts: 2 })
  }).pipe(Effect.scoped)
)

it.effect("a listener whose connection is blocked for ten seconds is dropped, a slow one is not", () =>
  Effect.gen(function* () {
    const { grow, logTail } = yield* growingLogTail
    const { feed } = yield* feedOf(logTail)
    const [blocked, slow, fast] = [connection(), connection(), connection()]
    for (const { sink } of [blocked, slow, fast]) yield* feed.listen({}, 0, sink)
    yield* grow(1)
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual([blocked.size(), slow.size(), fast.size()], [1, 1, 1])
    blocked.state.drained = false
    slow.state.drained = false
    yield* grow(1)
    yield* TestClock.adjust("9 seconds")
    slow.state.drained = true
    yield* TestClock.adjust("500 millis")
    slow.state.drained = false
    assert.deepStrictEqual([blocked.size(), slow.size(), fast.size()], [1, 2, 2])
    assert.isFalse(blocked.state.dropped)
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual([blocked.state.dropped, slow.state.dropped, fast.state.dropped], [true, false, false])
    blocked.state.drained = true
    yield* grow(1)
    yield* TestClock.adjust("1 second")
    const writes = fast.chunks.filter((chunk) => new TextDecoder().decode(chunk) === "f")
    assert.deepStrictEqual([blocked.size(), writes.length], [1, 3])
  }).pipe(Effect.scoped)
)
