import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import type { Guard, Write, WriteResult } from "#layers/nats/publish/publish.ts"
import { type PendingWrite, WriteQueue } from "#layers/nats/publish/writeQueue.ts"

/** A guard of a filter; `checks` if the write has no message for it. */
const writes = (filter: string, position = 0): Guard => ({ filter, position, lastIndex: 0 })
const checks = (filter: string, position = 0): Guard => ({ filter, position })

const pendingOf = (guards: ReadonlyArray<Guard>, settle: (result: WriteResult) => void = () => {}): PendingWrite => ({
  messages: guards.map(() => ({ subject: "s", data: "", headers: "" })),
  guards,
  isAlone: false,
  queuedAtMillis: 0,
  settle
})

const queueOf = (...all: ReadonlyArray<PendingWrite>) => {
  const queue = new WriteQueue()
  for (const each of all) queue.add(each)
  const group = () => {
    const taken = queue.takeGroup(100, (count) => count > 0)
    queue.markSent(taken)
    return taken
  }
  const alone = () => {
    const taken = queue.takeOne(true)
    if (taken) queue.markSent([taken])
    return taken
  }
  return { alone, group, queue }
}

describe("Writes with several guards", () => {
  it("hold later writes on all of their filters while they wait: single ones do not starve them", () => {
    const [first, both] = [pendingOf([writes("a")]), pendingOf([writes("a"), writes("b")])]
    const [onA, onB, free] = [pendingOf([writes("a")]), pendingOf([writes("b")]), pendingOf([writes("c")])]
    const { alone, group, queue } = queueOf(first, both, onA, onB, free)
    assert.deepStrictEqual(group(), [first, free])
    assert.isUndefined(alone())
    queue.markAnswered([first, free])
    assert.deepStrictEqual(alone(), both)
    assert.isUndefined(alone())
    queue.markAnswered([both])
    assert.deepStrictEqual(group(), [onA, onB])
  })

  it("in opposite order do not wait for each other", () => {
    const [ab, ba] = [pendingOf([writes("a"), writes("b")]), pendingOf([writes("b"), writes("a")])]
    const { alone, queue } = queueOf(ab, ba)
    assert.deepStrictEqual(alone(), ab)
    assert.isUndefined(alone())
    queue.markAnswered([ab])
    assert.deepStrictEqual(alone(), ba)
  })

  it("share a batch if they only check the same position, and overtake no write that waits to change it", () => {
    const [one, two] = [pendingOf([writes("a"), checks("x", 5)]), pendingOf([writes("b"), checks("x", 5)])]
    const [older, change] = [pendingOf([writes("c"), checks("x", 4)]), pendingOf([writes("x", 5)])]
    const late = pendingOf([writes("d"), checks("x", 5)])
    const { alone, group, queue } = queueOf(one, two, older, change, late)
    assert.deepStrictEqual(group(), [one, two])
    queue.markAnswered([one, two])
    for (const each of [older, change, late]) {
      assert.deepStrictEqual(alone(), each)
      assert.isUndefined(alone())
      queue.markAnswered([each])
    }
  })

  it("are answered as soon as one of their filters is known to have changed", () => {
    const answers: Array<string> = []
    const answered = (name: string) => (result: WriteResult) =>
      void answers.push(Result.isFailure(result) && "code" in result.failure ? `${name} ${result.failure.code}` : name)
    const changing = pendingOf([writes("a", 3), writes("b", 4)], answered("changing"))
    const checking = pendingOf([writes("c"), checks("b", 4)], answered("checking"))
    const other = pendingOf([writes("d"), checks("e", 4)], answered("other"))
    const current = pendingOf([writes("f"), checks("b", 10)], answered("current"))
    const { alone, queue } = queueOf(changing, checking, other, current)
    assert.deepStrictEqual(alone(), changing)
    assert.deepStrictEqual(alone(), other)
    assert.isUndefined(alone())
    queue.markAnswered([changing])
    // Its two messages are at 9 and 10; both guards name the first.
    queue.settle(
      { ...changing, guards: [writes("a", 3), { ...writes("b", 4), lastIndex: 1 }] },
      Result.succeed({ stream: "s", seq: 10 })
    )
    assert.deepStrictEqual(answers, ["changing", "checking 10071"])
    assert.deepStrictEqual(alone(), current)
  })
})

const Filter = Schema.Literals(["a", "b", "c", "d", "e"])
const WriteSpec = Schema.Struct({
  guards: Schema.UniqueArray(Filter).check(Schema.isMinLength(1), Schema.isMaxLength(3)),
  isCheck: Schema.Array(Schema.Boolean).check(Schema.isMinLength(3), Schema.isMaxLength(3)),
  position: Schema.Literals([0, 0, 1])
})
const Run = Schema.Struct({
  writes: Schema.Array(WriteSpec).check(Schema.isMinLength(1), Schema.isMaxLength(25)),
  turns: Schema.Array(Schema.Literals(["group", "alone", "answer"])).check(
    Schema.isMinLength(10),
    Schema.isMaxLength(60)
  )
})

const isCheck = ({ lastIndex }: Guard) => lastIndex === undefined

/** Whether two writes may be on their way at once, or in either order. */
const areIndependent = (one: Write, two: Write) =>
  one.guards!.every((a) => two.guards!.every((b) => a.filter !== b.filter || (isCheck(a) && isCheck(b))))

it.prop(
  "Any writes: each is sent once, first come, first served on each filter, and two on one filter only where both check one position",
  [Run],
  ([{ turns, writes: specs }]) => {
    const all = specs.map(({ guards, isCheck, position }) =>
      pendingOf(guards.map((filter, n) => (n > 0 && isCheck[n] ? checks(filter, position) : writes(filter, position))))
    )
    const { alone, group, queue } = queueOf(...all)
    const sent: Array<PendingWrite> = []
    let inFlight: Array<ReadonlyArray<PendingWrite>> = []
    const send = (batch: ReadonlyArray<PendingWrite>) => {
      const filters = Map.groupBy(
        batch.flatMap(({ guards }) => guards!),
        ({ filter }) => filter
      )
      for (const guards of filters.values()) {
        if (guards.length === 1) continue
        assert.isTrue(guards.every(isCheck))
        assert.strictEqual(new Set(guards.map(({ position }) => position)).size, 1)
      }
      for (const each of batch) {
        for (const other of inFlight.flat())
          assert.isTrue(each.guards!.every((a) => other.guards!.every((b) => a.filter !== b.filter)))
        const earlier = all
          .slice(0, all.indexOf(each))
          .filter((other) => !sent.includes(other) && !batch.includes(other))
        for (const other of earlier) assert.isTrue(areIndependent(each, other), "a write was overtaken")
        assert.notInclude(sent, each)
      }
      sent.push(...batch)
      if (batch.length > 0) inFlight.push(batch)
    }
    const answer = () => {
      const [oldest, ...rest] = inFlight
      if (oldest) queue.markAnswered(oldest)
      inFlight = rest
    }
    for (const turn of turns) {
      if (turn === "group") send(group())
      else if (turn === "answer") answer()
      else send([alone()].filter((each) => each !== undefined))
    }
    while (queue.size > 0) {
      const before = sent.length
      send([alone()].filter((each) => each !== undefined))
      assert.isTrue(sent.length > before || inFlight.length > 0, "no write can be sent, and none is on its way")
      if (sent.length === before) answer()
    }
    assert.sameMembers(sent, all)
  },
  { arbitrary: { runs: 500 } }
)
