import { assert, describe, it } from "@effect/vitest"
import { RecentMessages } from "#layers/monitoring/tail/RecentMessages.ts"
import { bareLogMessage } from "#test/support/bareLogMessage.ts"

const positionsOf = (messages: ReadonlyArray<{ readonly position: number }> | undefined) =>
  messages?.map(({ position }) => position)

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)

describe("The newest messages", () => {
  it("are kept without a gap: at least the given number, and at most twice as many", () => {
    const recent = new RecentMessages(10)
    assert.isUndefined(recent.since(0))
    for (const size of [1, 3, 9, 10, 25, 1, 7, 11, 2]) {
      const newest = (positionsOf(recent.since(Number.MAX_SAFE_INTEGER - 1)) ?? []).length
      assert.strictEqual(newest, 0)
      const last = lastOf(recent)
      recent.add(range(last + 1, last + size).map((position) => bareLogMessage(position)))
      const all = positionsOf(recent.since(firstOf(recent) - 1))!
      assert.isAtMost(all.length, 20)
      assert.isAtLeast(all.length, Math.min(10, lastOf(recent)))
      assert.deepStrictEqual(all, range(all[0]!, last + size))
    }
  })

  it("are returned after a position, or not at all if one is missing", () => {
    const recent = new RecentMessages(4)
    recent.add(range(1, 3).map((position) => bareLogMessage(position)))
    assert.deepStrictEqual(positionsOf(recent.since(0)), [1, 2, 3])
    assert.deepStrictEqual(positionsOf(recent.since(2)), [3])
    assert.deepStrictEqual(positionsOf(recent.since(3)), [])
    recent.add(range(4, 9).map((position) => bareLogMessage(position)))
    assert.isUndefined(recent.since(3))
    assert.deepStrictEqual(positionsOf(recent.since(5)), [6, 7, 8, 9])
    recent.clear()
    assert.isUndefined(recent.since(9))
  })
})

/** The first and the last position; 0 if there are no messages. */
const ends = (recent: RecentMessages): readonly [number, number] => {
  for (let position = 0; position < 200; position++) {
    const messages = recent.since(position)
    if (messages?.length) return [messages[0]!.position, messages.at(-1)!.position]
  }
  return [0, 0]
}
const firstOf = (recent: RecentMessages) => ends(recent)[0]
const lastOf = (recent: RecentMessages) => ends(recent)[1]
