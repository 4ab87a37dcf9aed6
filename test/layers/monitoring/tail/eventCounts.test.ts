import { assert, describe, it } from "@effect/vitest"
import { subjectClassifier } from "#layers/codec/subjectClassifier.ts"
import { toCount, decodeSnapshot, EventCounter, encodeSnapshot } from "#layers/monitoring/tail/EventCounts.ts"
import { library } from "#test/boards/libraryBoard.ts"

describe("Event counts", () => {
  it("have each type with its newest event, and do not change with later events", () => {
    const counter = new EventCounter()
    counter.add("A", { position: 1, storedAt: 10 })
    counter.add("B", { position: 2, storedAt: 20 })
    counter.add("A", { position: 3, storedAt: 30 })
    const before = counter.snapshot()
    counter.add("A", { position: 4, storedAt: 40 })
    assert.strictEqual(before.position, 3)
    assert.deepStrictEqual(before.byType.get("A"), { count: 2, position: 3, storedAt: 30 })
    assert.strictEqual(counter.snapshot().byType.get("A")!.count, 3)
    const continued = new EventCounter(before)
    continued.add("B", { position: 4, storedAt: 40 })
    assert.strictEqual(before.byType.get("B")!.count, 1)
    assert.deepStrictEqual(toCount(continued.snapshot().byType.get("B")), {
      count: 2,
      position: 4,
      time: "1970-01-01T00:00:00.040Z"
    })
  })

  it("are decoded as they were encoded, for the same log only", () => {
    const counter = new EventCounter()
    counter.add("__proto__", { position: 1, storedAt: 10 })
    counter.add("B", { position: 2, storedAt: 20 })
    const counts = counter.snapshot()
    assert.deepStrictEqual(decodeSnapshot("log", encodeSnapshot("log", counts))!.position, 2)
    assert.deepStrictEqual(
      decodeSnapshot("log", encodeSnapshot("log", counts))!.byType.get("B"),
      counts.byType.get("B")
    )
    assert.isUndefined(decodeSnapshot("another", encodeSnapshot("log", counts)))
    assert.isUndefined(decodeSnapshot("log", "{}"))
    assert.isUndefined(decodeSnapshot("log", "nonsense"))
  })

  it("have a limited size, however many types another writer makes up", () => {
    const counter = new EventCounter()
    for (let n = 1; n <= 3_000; n++) counter.add(`noise-${n}`, { position: n, storedAt: n })
    const { position, byType: counted } = counter.snapshot()
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
