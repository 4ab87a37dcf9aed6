import { assert, describe, it } from "@effect/vitest"
import { RecentMessages } from "#layers/monitoring/tail/RecentMessages.ts"
import { bareLogMessage } from "#test/support/bareLogMessage.ts"

const positionsOf = (messages: ReadonlyArray<{ readonly position: number }> | undefined) =>
  messages?.map(({ position }) => position)

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)

describe("The newest messages", () => {
  it("are held, so many at least and twice that at most, without a gap", () => {
    const held = new RecentMessages(10)
    assert.isUndefined(held.since(0))
    for (const size of [1, 3, 9, 10, 25, 1, 7, 11, 2]) {
      const newest = (positionsOf(held.since(Number.MAX_SAFE_INTEGER - 1)) ?? []).length
      assert.strictEqual(newest, 0)
      const last = lastOf(held)
      held.add(range(last + 1, last + size).map((position) => bareLogMessage(position)))
      const all = positionsOf(held.since(firstOf(held) - 1))!
      assert.isAtMost(all.length, 20)
      assert.isAtLeast(all.length, Math.min(10, lastOf(held)))
      assert.deepStrictEqual(all, range(all[0]!, last + size))
    }
  })

  it("are told from a position on, or not at all where one is missing", () => {
    const held = new RecentMessages(4)
    held.add(range(1, 3).map((position) => bareLogMessage(position)))
    assert.deepStrictEqual(positionsOf(held.since(0)), [1, 2, 3])
    assert.deepStrictEqual(positionsOf(held.since(2)), [3])
    assert.deepStrictEqual(positionsOf(held.since(3)), [])
    held.add(range(4, 9).map((position) => bareLogMessage(position)))
    assert.isUndefined(held.since(3))
    assert.deepStrictEqual(positionsOf(held.since(5)), [6, 7, 8, 9])
    held.clear()
    assert.isUndefined(held.since(9))
  })
})

/** The positions at both ends of what is held; 0 if nothing is. */
const ends = (held: RecentMessages): readonly [number, number] => {
  for (let position = 0; position < 200; position++) {
    const messages = held.since(position)
    if (messages?.length) return [messages[0]!.position, messages.at(-1)!.position]
  }
  return [0, 0]
}
const firstOf = (held: RecentMessages) => ends(held)[0]
const lastOf = (held: RecentMessages) => ends(held)[1]
