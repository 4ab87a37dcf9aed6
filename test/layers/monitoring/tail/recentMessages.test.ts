import { assert, describe, it } from "@effect/vitest"
import { Held } from "#layers/monitoring/tail/RecentMessages.ts"
import { logged } from "#test/support/logged.ts"

const positionsOf = (messages: ReadonlyArray<{ readonly position: number }> | undefined) =>
  messages?.map(({ position }) => position)

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)

describe("The newest messages", () => {
  it("are held, so many at least and twice that at most, without a gap", () => {
    const held = new Held(10)
    assert.isUndefined(held.behind(0))
    for (const size of [1, 3, 9, 10, 25, 1, 7, 11, 2]) {
      const newest = (positionsOf(held.behind(Number.MAX_SAFE_INTEGER - 1)) ?? []).length
      assert.strictEqual(newest, 0)
      const last = lastOf(held)
      held.add(range(last + 1, last + size).map((position) => logged(position)))
      const all = positionsOf(held.behind(firstOf(held) - 1))!
      assert.isAtMost(all.length, 20)
      assert.isAtLeast(all.length, Math.min(10, lastOf(held)))
      assert.deepStrictEqual(all, range(all[0]!, last + size))
    }
  })

  it("are told from a position on, or not at all where one is missing", () => {
    const held = new Held(4)
    held.add(range(1, 3).map((position) => logged(position)))
    assert.deepStrictEqual(positionsOf(held.behind(0)), [1, 2, 3])
    assert.deepStrictEqual(positionsOf(held.behind(2)), [3])
    assert.deepStrictEqual(positionsOf(held.behind(3)), [])
    held.add(range(4, 9).map((position) => logged(position)))
    assert.isUndefined(held.behind(3))
    assert.deepStrictEqual(positionsOf(held.behind(5)), [6, 7, 8, 9])
    held.clear()
    assert.isUndefined(held.behind(9))
  })
})

/** The positions at both ends of what is held; 0 if nothing is. */
const ends = (held: Held): readonly [number, number] => {
  for (let position = 0; position < 200; position++) {
    const messages = held.behind(position)
    if (messages?.length) return [messages[0]!.position, messages.at(-1)!.position]
  }
  return [0, 0]
}
const firstOf = (held: Held) => ends(held)[0]
const lastOf = (held: Held) => ends(held)[1]
