import { live } from "#layers/watch/live.ts"
import { Held } from "#layers/watch/Held.ts"
import { Tallies } from "#layers/watch/Standing.ts"
import type { Watch } from "#layers/watch/Watch.ts"
import { assert, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Stream, SubscriptionRef } from "effect"
import { TestClock } from "effect/testing"
import { library } from "../library/board.ts"
import { logged } from "../support/logged.ts"
import { steppedClock } from "../support/steppedClock.ts"

/** Something to look at that grows when it is told to. */
const watched = Effect.gen(function* () {
  const held = new Held(500)
  const tallies = new Tallies()
  const position = yield* SubscriptionRef.make(0)
  const watch: Watch["Service"] = {
    standing: Effect.sync(() => tallies.standing()),
    at: () => Effect.never,
    behind: (after) => ({ messages: held.behind(after), standing: tallies.standing() }),
    beyond: (after) =>
      SubscriptionRef.changes(position).pipe(
        Stream.filter((position) => position > after),
        Stream.runHead,
        Effect.asVoid
      )
  }
  const grow = Effect.fnUntraced(function* (by: number) {
    const from = tallies.position
    const messages = Array.from({ length: by }, (_, n) => logged(from + n + 1))
    held.add(messages)
    for (const { position } of messages) tallies.add("BookBorrowed", { position, storedAt: position })
    yield* SubscriptionRef.set(position, tallies.position)
  })
  return { watch, grow }
})

/** What an onlooker is told, pulled one at a time: `3` for three facts, `=9` for counts up to position 9. */
const onlooker = Effect.fnUntraced(function* (watch: Watch["Service"], after: number) {
  const pull = yield* Stream.toPull(live(library, watch, {}, after))
  return Effect.map(pull, (happenings) =>
    happenings
      .map((happening) => {
        switch (happening._tag) {
          case "Facts":
            return `${happening.facts.length}`
          case "Counts":
            return `=${happening.counts.position}`
          case "Quiet":
            return "quiet"
        }
      })
      .join()
  )
})

it.effect("two hundred facts a second are told one by one, more are counted, fewer again one by one", () =>
  Effect.gen(function* () {
    const { grow, watch } = yield* watched
    yield* grow(10)
    const next = yield* onlooker(watch, 10)
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
    yield* grow(300)
    const waiting = yield* Effect.forkChild(next)
    yield* TestClock.adjust("249 millis")
    yield* grow(300)
    assert.isUndefined(waiting.pollUnsafe())
    yield* TestClock.adjust("1 millis")
    assert.strictEqual(yield* Fiber.join(waiting), "=1111")
    const calm = yield* Effect.forkChild(next)
    yield* TestClock.adjust("1 second")
    yield* grow(3)
    assert.strictEqual(yield* Fiber.join(calm), "3")
  }).pipe(Effect.scoped)
)

it.effect("an onlooker who is slow, or comes from far behind, is told counts", () =>
  Effect.gen(function* () {
    const { grow, watch } = yield* watched
    yield* grow(5_000)
    const far = yield* onlooker(watch, 1)
    assert.strictEqual(yield* far, "=5000")
    const slow = yield* onlooker(watch, 5_000)
    for (let n = 0; n < 20; n++) yield* grow(400)
    assert.strictEqual(yield* slow, "=13000")
  }).pipe(Effect.scoped)
)

it.effect("when nothing happens, that is said every ten seconds", () =>
  Effect.gen(function* () {
    const { grow, watch } = yield* watched
    yield* grow(1)
    const next = yield* onlooker(watch, 1)
    const waiting = yield* Effect.forkChild(next)
    yield* TestClock.adjust("10 seconds")
    assert.strictEqual(yield* Fiber.join(waiting), "quiet")
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
        const next = yield* onlooker(watch, 1)
        yield* grow(50)
        assert.strictEqual(yield* next, "50")
        yield* step(millis)
        yield* grow(150)
        assert.strictEqual(yield* next, "150", "what may be told at once is what it was")
        yield* TestClock.adjust("500 millis")
        yield* grow(100)
        assert.strictEqual(yield* next, "100", "and grows with the time that goes by")
        const waiting = yield* Effect.forkChild(next)
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual(yield* Fiber.join(waiting), "quiet")
      }).pipe(Effect.provideService(Clock.Clock, clock))
    }).pipe(Effect.scoped)
  )

it.effect("what is not wanted is not told, and wakes nobody", () =>
  Effect.gen(function* () {
    const { grow, watch } = yield* watched
    const pull = yield* Stream.toPull(live(library, watch, { types: ["BookReturned"] }, 0))
    const waiting = yield* Effect.forkChild(pull)
    yield* grow(3)
    yield* TestClock.adjust("9 seconds")
    yield* grow(3)
    yield* TestClock.adjust("999 millis")
    assert.isUndefined(waiting.pollUnsafe())
    yield* TestClock.adjust("1 millis")
    assert.deepStrictEqual(yield* Fiber.join(waiting), [{ _tag: "Quiet" }])
  }).pipe(Effect.scoped)
)

it.effect("counts are totals of the types that changed", () =>
  Effect.gen(function* () {
    const { grow, watch } = yield* watched
    yield* grow(1_000)
    const [counts] = yield* Stream.runCollect(Stream.take(live(library, watch, {}, 0), 1))
    assert.deepStrictEqual(counts, {
      _tag: "Counts",
      counts: {
        since: 0,
        position: 1_000,
        types: { BookBorrowed: { count: 1_000, position: 1_000, time: "1970-01-01T00:00:01.000Z" } }
      }
    })
    const [none] = yield* Stream.runCollect(Stream.take(live(library, watch, { types: ["BookReturned"] }, 0), 1))
    assert.deepStrictEqual(none, { _tag: "Counts", counts: { since: 0, position: 1_000, types: {} } })
  })
)
