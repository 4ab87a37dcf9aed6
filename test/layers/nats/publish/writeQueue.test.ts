import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { RequestFailed } from "#layers/nats/connection/Requests.ts"
import { PublishRejected } from "#layers/nats/messages/apiErrors.ts"
import { PendingWrite } from "#layers/nats/publish/PendingWrite.ts"
import type { Guard, Write, WriteResult } from "#layers/nats/publish/publish.ts"
import { WriteQueue } from "#layers/nats/publish/writeQueue.ts"

/** A guard of a filter; `checks` if the write has no message for it. */
const writes = (filter: string, position: Guard["position"] = 0): Guard => ({ filter, position, lastIndex: 0 })
const checks = (filter: string, position: Guard["position"] = 0): Guard => ({ filter, position })

const pendingOf = (guards: ReadonlyArray<Guard>, onSettled: (result: WriteResult) => void = () => {}): PendingWrite => {
  const messages = guards.map(() => ({ subject: "s", data: "", headers: "" }))
  return new PendingWrite({ messages, guards }, 0, onSettled)
}

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

  it("share a batch if each is based on the one before, and are answered with it", () => {
    const answers: Array<string> = []
    const noted = (name: string) => (result: WriteResult) =>
      void answers.push(`${name} ${Result.isFailure(result) ? result.failure._tag : result.success.seq}`)
    const first = pendingOf([writes("a", 3)], noted("first"))
    const second = pendingOf([writes("a", first), writes("b", 1)], noted("second"))
    const check = pendingOf([writes("c"), checks("a", second)], noted("check"))
    const third = pendingOf([writes("a", second)], noted("third"))
    const stale = pendingOf([writes("a", 3)], noted("stale"))
    const { alone, group, queue } = queueOf(first, second, check, third, stale)
    const sent = group()
    assert.deepStrictEqual(sent, [first, second, check, third])
    assert.isUndefined(alone())
    queue.markAnswered(sent)
    queue.settleGroup(sent, Result.succeed({ stream: "s", seq: 15 }))
    assert.deepStrictEqual(answers, ["first 10", "stale PublishRejected", "second 12", "check 14", "third 15"])
  })

  it.each([8, 9])("are sent together if %i are based on each other, and one by one if fewer are", (count) => {
    const { alone, queue } = queueOf()
    let position: Guard["position"] = 0
    for (let n = 0; n < count; n++) queue.add((position = pendingOf([writes("a", position)])))
    const group = queue.takeGroup(100, () => false)
    assert.strictEqual(group.length, count < 9 ? 0 : count)
    assert.strictEqual(alone()?.guards[0]?.position, count < 9 ? 0 : undefined)
  })

  it("are sent one by one after their batch was rejected, and not at all behind one that is not stored", () => {
    const [first, other] = [pendingOf([writes("a", 3)]), pendingOf([writes("b", 1)])]
    const second = pendingOf([writes("a", first), writes("b", other)])
    const failures: Array<boolean | undefined> = []
    const third = pendingOf([writes("b", second)], (result) => {
      if (Result.isFailure(result) && result.failure._tag === "PublishRejected") failures.push(result.failure.isUnsent)
    })
    const { alone, group, queue } = queueOf(first, other, second, third)
    const sent = group()
    assert.deepStrictEqual(sent, [first, other, second, third])
    queue.markAnswered(sent)
    queue.putBack(sent)
    assert.deepStrictEqual([alone(), alone(), alone()], [first, other, undefined])
    queue.markAnswered([first, other])
    queue.settle(other, Result.succeed({ stream: "s", seq: 9 }))
    assert.isUndefined(alone())
    queue.settle(first, Result.fail(new PublishRejected({ code: 10071, description: "" })))
    assert.strictEqual(queue.size, 0)
    assert.deepStrictEqual(failures, [true])
  })

  it("are answered as soon as one of their filters is known to have changed", () => {
    const answers: Array<string> = []
    const answered = (name: string) => (result: WriteResult) =>
      void answers.push(Result.isFailure(result) && "code" in result.failure ? `${name} ${result.failure.code}` : name)
    const changing = pendingOf([writes("a", 3), { ...writes("b", 4), lastIndex: 1 }], answered("changing"))
    const checking = pendingOf([writes("c"), checks("b", 4)], answered("checking"))
    const other = pendingOf([writes("d"), checks("e", 4)], answered("other"))
    const current = pendingOf([writes("f"), checks("b", 10)], answered("current"))
    const { alone, queue } = queueOf(changing, checking, other, current)
    assert.deepStrictEqual(alone(), changing)
    assert.deepStrictEqual(alone(), other)
    assert.isUndefined(alone())
    queue.markAnswered([changing])
    // Its two messages are at 9 and 10.
    queue.settle(changing, Result.succeed({ stream: "s", seq: 10 }))
    assert.deepStrictEqual(answers, ["changing", "checking 10071"])
    assert.deepStrictEqual(alone(), current)
  })
})

const Filter = Schema.Literals(["a", "b", "c", "d", "e"])
const WriteSpec = Schema.Struct({
  guards: Schema.UniqueArray(Filter).check(Schema.isMinLength(1), Schema.isMaxLength(3)),
  isCheck: Schema.Array(Schema.Boolean).check(Schema.isMinLength(3), Schema.isMaxLength(3)),
  /** What each guard expects: the newest write on its filter that is queued, if any, or a position in the log. */
  expects: Schema.Array(Schema.Literals(["queued", "queued", "newest", "stale"])).check(
    Schema.isMinLength(3),
    Schema.isMaxLength(3)
  )
})
const Turn = Schema.Literals(["add", "add", "group", "alone", "answer", "lose", "withdraw"])
const Run = Schema.Struct({
  writes: Schema.Array(WriteSpec).check(Schema.isMinLength(1), Schema.isMaxLength(30)),
  turns: Schema.Array(Turn).check(Schema.isMinLength(10), Schema.isMaxLength(80))
})

/** A server that checks the guards of a batch as JetStream does, and on which nobody else writes. */
const serverOf = () => {
  const newest = new Map<string, number>()
  const stored = new Set<Write>()
  let last = 0
  const newestOn = (filter: string) => newest.get(filter) ?? 0

  /** Stores a batch, and asserts that each write in it still has what it was decided on. Returns its last position. */
  const store = (batch: ReadonlyArray<PendingWrite>): number | undefined => {
    const compared = new Set<string>()
    for (const { filter, position } of batch.flatMap(({ guards }) => guards)) {
      if (compared.has(filter)) continue
      compared.add(filter)
      assert.isNumber(position, "the first write on a filter has to know its position")
      if (position !== newestOn(filter)) return undefined
    }
    const positions = new Map<Write, Map<string, number>>()
    for (const write of batch) {
      for (const { filter, position } of write.guards) {
        const expected = typeof position === "number" ? position : positions.get(position)?.get(filter)
        assert.strictEqual(newestOn(filter), expected, "a write is stored on another state than it was decided on")
      }
      const changed = write.guards.flatMap(({ filter, lastIndex }) =>
        lastIndex === undefined ? [] : [[filter, last + 1 + lastIndex] as const]
      )
      positions.set(write, new Map(changed))
      for (const [filter, position] of changed) newest.set(filter, position)
      last += write.messages.length
      stored.add(write)
    }
    return last
  }
  return { newestOn, store, stored }
}

it.prop(
  "Any writes, on each other or on a position: each is answered once, and stored on the state that it was decided on",
  [Run],
  ([{ turns, writes: specs }]) => {
    const { alone, group, queue } = queueOf()
    const { newestOn, store, stored } = serverOf()
    const answered = new Set<number>()
    const newestQueued = new Map<string, PendingWrite>()
    const all: Array<PendingWrite> = []
    const inFlight: Array<ReadonlyArray<PendingWrite>> = []
    const lost = Result.fail(new RequestFailed({ subject: "s", reason: "no answer" }))

    const add = () => {
      const spec = specs[all.length]
      if (!spec) return
      const guards = spec.guards.map((filter, n) => {
        const queued = spec.expects[n] === "queued" ? newestQueued.get(filter) : undefined
        const position = queued ?? newestOn(filter) - (spec.expects[n] === "stale" ? 1 : 0)
        return n > 0 && spec.isCheck[n] ? checks(filter, position) : { filter, position, lastIndex: n }
      })
      const index = all.length
      const write = pendingOf(guards, (result) => {
        assert.isFalse(answered.has(index), "a write is answered twice")
        answered.add(index)
        const isRejected = Result.isFailure(result) && result.failure._tag === "PublishRejected"
        if (isRejected) assert.isFalse(stored.has(all[index]!), "a write that is stored is answered as rejected")
      })
      all.push(write)
      queue.add(write)
      for (const { filter, lastIndex } of guards) if (lastIndex !== undefined) newestQueued.set(filter, write)
    }
    const send = (batch: ReadonlyArray<PendingWrite>) => {
      if (batch.length === 0) return
      for (const each of batch) assert.isFalse(each.isSettled, "a write is sent after its answer")
      const filters = (writes: ReadonlyArray<PendingWrite>) =>
        writes.flatMap(({ guards }) => guards.map((g) => g.filter))
      assert.isEmpty(filters(batch).filter((each) => filters(inFlight.flat()).includes(each)))
      inFlight.push(batch)
    }
    const answer = (isLost = false) => {
      const batch = inFlight.shift()
      if (!batch) return
      queue.markAnswered(batch)
      const seq = store(batch)
      const result = isLost
        ? lost
        : seq === undefined
          ? Result.fail(new PublishRejected({ code: 10071, description: "" }))
          : Result.succeed({ stream: "s", seq })
      if (batch.length > 1 && !isLost && seq === undefined) queue.putBack(batch)
      else queue.settleGroup(batch, result)
    }
    const run = {
      add,
      answer,
      lose: () => answer(true),
      group: () => send(group()),
      alone: () => send([alone()].filter((each) => each !== undefined)),
      withdraw: () => all.at(-1) && queue.withdraw(all.at(-1)!)
    }
    for (const turn of turns) run[turn]()
    while (all.length < specs.length) add()
    for (let rounds = 0; queue.size > 0 || inFlight.length > 0; rounds++) {
      assert.isBelow(rounds, 1_000, "no write can be sent, and none is on its way")
      run.alone()
      answer()
    }
    assert.strictEqual(answered.size, all.length)
  },
  { arbitrary: { runs: 1_000 } }
)
