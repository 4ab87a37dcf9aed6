import { assert, describe, it } from "@effect/vitest"
import { subjectClassifier } from "#layers/codec/subjectClassifier.ts"
import { toCount, decodeSnapshot, EventCounter, encodeSnapshot } from "#layers/monitoring/tail/EventCounts.ts"
import { library } from "#test/boards/libraryBoard.ts"

describe("A standing", () => {
  it("counts each type, with its newest, and stays as it was", () => {
    const tallies = new EventCounter()
    tallies.add("A", { position: 1, storedAt: 10 })
    tallies.add("B", { position: 2, storedAt: 20 })
    tallies.add("A", { position: 3, storedAt: 30 })
    const then = tallies.snapshot()
    tallies.add("A", { position: 4, storedAt: 40 })
    assert.strictEqual(then.position, 3)
    assert.deepStrictEqual(then.byType.get("A"), { count: 2, position: 3, storedAt: 30 })
    assert.strictEqual(tallies.snapshot().byType.get("A")!.count, 3)
    const on = new EventCounter(then)
    on.add("B", { position: 4, storedAt: 40 })
    assert.strictEqual(then.byType.get("B")!.count, 1)
    assert.deepStrictEqual(toCount(on.snapshot().byType.get("B")), {
      count: 2,
      position: 4,
      time: "1970-01-01T00:00:00.040Z"
    })
  })

  it("is read as it was written, of its own log only", () => {
    const tallies = new EventCounter()
    tallies.add("__proto__", { position: 1, storedAt: 10 })
    tallies.add("B", { position: 2, storedAt: 20 })
    const standing = tallies.snapshot()
    assert.deepStrictEqual(decodeSnapshot("log", encodeSnapshot("log", standing))!.position, 2)
    assert.deepStrictEqual(
      decodeSnapshot("log", encodeSnapshot("log", standing))!.byType.get("B"),
      standing.byType.get("B")
    )
    assert.isUndefined(decodeSnapshot("another", encodeSnapshot("log", standing)))
    assert.isUndefined(decodeSnapshot("log", "{}"))
    assert.isUndefined(decodeSnapshot("log", "nonsense"))
  })

  it("does not grow with what somebody makes up", () => {
    const tallies = new EventCounter()
    for (let n = 1; n <= 3_000; n++) tallies.add(`noise-${n}`, { position: n, storedAt: n })
    const { position, byType: counted } = tallies.snapshot()
    assert.isAtMost(counted.size, 1_001)
    assert.strictEqual(
      Array.from(counted.values(), ({ count }) => count).reduce((a, b) => a + b),
      position
    )
  })
})

describe("A subject", () => {
  const classify = subjectClassifier(library)
  it.each([
    ["library.book.lending.moby.book-borrowed", "BookBorrowed", "library-lending"],
    ["library.book.stock.moby.book-acquired", "BookAcquired", "library-stock"],
    ["library.book.lending.moby.book-burned", "book-burned", undefined],
    ["library.book.stock.moby.book-borrowed", "library.book.stock.moby.book-borrowed", undefined],
    ["library.book.lending.a.b.book-borrowed", "library.book.lending.a.b.book-borrowed", undefined],
    ["library.x", "x", undefined],
    ["library.__proto__", "__proto__", undefined]
  ] as const)("%s is of the type %s", (subject, type, lane) => {
    assert.deepStrictEqual(classify(subject), { type, lane })
  })
})
