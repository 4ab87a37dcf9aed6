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

/** Something to look at that grows when it is told to. */
const watched = Effect.gen(function* () {
  const held = new RecentMessages(500)
  const tallies = new EventCounter()
  const position = yield* SubscriptionRef.make(0)
  const watch: LogTail["Service"] = {
    counts: Effect.sync(() => tallies.snapshot()),
    countsAt: () => Effect.never,
    links: Effect.never,
    since: (after) => ({ messages: held.since(after), counts: tallies.snapshot() }),
    waitPast: (after) =>
      SubscriptionRef.changes(position).pipe(
        Stream.filter((position) => position > after),
        Stream.runHead,
        Effect.asVoid
      )
  }
  const grow = Effect.fnUntraced(function* (by: number) {
    const from = tallies.position
    const messages = Array.from({ length: by }, (_, n) => bareLogMessage(from + n + 1))
    held.add(messages)
    for (const { position } of messages) tallies.add("BookBorrowed", { position, storedAt: position })
    yield* SubscriptionRef.set(position, tallies.position)
  })
  return { watch, grow }
})

/** A connection: what was written to it, `3` for three facts, `=9` for counts up to position 9. */
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

/** A feed that writes an `f` for each fact, and counts how many it encoded. */
const feedOf = Effect.fnUntraced(function* (watch: LogTail["Service"]) {
  const encoded = { facts: 0, counts: 0 }
  const feed = yield* eventFeed(library, watch, {
    event: () => {
      encoded.facts++
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

/** What one onlooker is told. */
const onlooker = Effect.fnUntraced(function* (watch: LogTail["Service"], after: number, wanted: EventFilter = {}) {
  const { feed } = yield* feedOf(watch)
  const one = connection()
  yield* feed.listen(wanted, after, one.sink)
  return one
})

it.effect("two hundred facts a second are told one by one, more are counted, fewer again one by one", () =>
  Effect.gen(function* () {
    const { grow, watch } = yield* watched
    yield* grow(10)
    const { next, size } = yield* onlooker(watch, 10)
    const told = (by: number, after: string) =>
      Effect.gen(function* () {
        yield* TestClock.adjust(after as "1 second")
        yield* grow(by)
        return yield* next
      })
    assert.strictEqual(yield* told(200, "1 second"), "200")
    for (let n = 0; n < 5; n++) assert.strictEqual(yield* told(50, "250 millis"), "50")
    assert.strictEqual(yield* told(51, "250 millis"), "=511")
    // Counts come four times a second at most: what happens meanwhile is told together.
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

it.effect("an onlooker who is slow, or comes from far behind, is told counts", () =>
  Effect.gen(function* () {
    const { grow, watch } = yield* watched
    yield* grow(5_000)
    const far = yield* onlooker(watch, 1)
    assert.strictEqual(yield* far.next, "=5000")
    const slow = yield* onlooker(watch, 5_000)
    slow.state.drained = false
    for (let n = 0; n < 20; n++) yield* grow(400)
    yield* TestClock.adjust("1 second")
    assert.strictEqual(slow.size(), 0)
    slow.state.drained = true
    yield* TestClock.adjust("250 millis")
    assert.strictEqual(yield* slow.next, "=13000")
  }).pipe(Effect.scoped)
)

it.effect("when nothing happens, that is said every ten seconds", () =>
  Effect.gen(function* () {
    const { grow, watch } = yield* watched
    yield* grow(1)
    const { next, size } = yield* onlooker(watch, 1)
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
  it.effect(`a clock that is set ${how} by an hour keeps nothing from an onlooker, and nobody waiting`, () =>
    Effect.gen(function* () {
      const { clock, step } = yield* steppedClock
      yield* Effect.gen(function* () {
        const { grow, watch } = yield* watched
        yield* grow(1)
        const { next } = yield* onlooker(watch, 1)
        yield* grow(50)
        assert.strictEqual(yield* next, "50")
        yield* step(millis)
        yield* grow(150)
        assert.strictEqual(yield* next, "150", "what may be told at once is what it was")
        yield* TestClock.adjust("500 millis")
        yield* grow(100)
        assert.strictEqual(yield* next, "100", "and grows with the time that goes by")
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual(yield* next, "quiet")
      }).pipe(Effect.provideService(Clock.Clock, clock))
    }).pipe(Effect.scoped)
  )

it.effect("what is not wanted is not told", () =>
  Effect.gen(function* () {
    const { grow, watch } = yield* watched
    const { next, size } = yield* onlooker(watch, 0, { types: ["BookReturned"] })
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
    const { grow, watch } = yield* watched
    yield* grow(1_000)
    const [counts] = feedItemReader(library, watch, {})(initialStateAt(0, 0), 0, 200)
    assert.deepStrictEqual(counts, {
      _tag: "Counts",
      counts: {
        since: 0,
        position: 1_000,
        types: { BookBorrowed: { count: 1_000, position: 1_000, time: "1970-01-01T00:00:01.000Z" } }
      }
    })
    const [none] = feedItemReader(library, watch, { types: ["BookReturned"] })(initialStateAt(0, 0), 0, 200)
    assert.deepStrictEqual(none, { _tag: "Counts", counts: { since: 0, position: 1_000, types: {} } })
  })
)

it.effect("each event is encoded once, and listeners that want the same are written the same bytes", () =>
  Effect.gen(function* () {
    const { grow, watch } = yield* watched
    const { encoded, feed } = yield* feedOf(watch)
    const all = Array.from({ length: 500 }, connection)
    const lent = Array.from({ length: 500 }, connection)
    const returned = connection()
    for (const { sink } of all) yield* feed.listen({}, 0, sink)
    for (const { sink } of lent) yield* feed.listen({ types: ["BookBorrowed"] }, 0, sink)
    yield* feed.listen({ types: ["BookReturned"] }, 0, returned.sink)
    let events = 0
    for (let n = 0; n < 5; n++) {
      yield* TestClock.adjust("2 seconds")
      yield* grow(19)
      events += 19
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(encoded.facts, events)
    }
    assert.strictEqual(encoded.counts, 0)
    for (const group of [all, lent]) {
      for (const { chunks } of group) {
        assert.strictEqual(new TextDecoder().decode(Buffer.concat(chunks)), "f".repeat(events))
        for (const [n, chunk] of chunks.entries()) assert.strictEqual(chunk, group[0]!.chunks[n])
      }
    }
    assert.isFalse(returned.chunks.some((chunk) => new TextDecoder().decode(chunk).includes("f")))
    // Too many for one by one: counted once for each kind of listener that they concern.
    yield* grow(400)
    yield* TestClock.adjust("2 seconds")
    assert.deepStrictEqual(encoded, { facts: events, counts: 2 })
  }).pipe(Effect.scoped)
)

it.effect("a listener whose connection takes nothing for ten seconds is dropped; one that is only slow is not", () =>
  Effect.gen(function* () {
    const { grow, watch } = yield* watched
    const { feed } = yield* feedOf(watch)
    const [stuck, slow, well] = [connection(), connection(), connection()]
    for (const { sink } of [stuck, slow, well]) yield* feed.listen({}, 0, sink)
    yield* grow(1)
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual([stuck.size(), slow.size(), well.size()], [1, 1, 1])
    stuck.state.drained = false
    slow.state.drained = false
    yield* grow(1)
    yield* TestClock.adjust("9 seconds")
    slow.state.drained = true
    yield* TestClock.adjust("500 millis")
    slow.state.drained = false
    assert.deepStrictEqual([stuck.size(), slow.size(), well.size()], [1, 2, 2])
    assert.isFalse(stuck.state.dropped)
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual([stuck.state.dropped, slow.state.dropped, well.state.dropped], [true, false, false])
    stuck.state.drained = true
    yield* grow(1)
    yield* TestClock.adjust("1 second")
    const facts = well.chunks.filter((chunk) => new TextDecoder().decode(chunk) === "f")
    assert.deepStrictEqual([stuck.size(), facts.length], [1, 3])
  }).pipe(Effect.scoped)
)
