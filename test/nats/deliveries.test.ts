import { deliveries } from "#layers/nats/deliveries.ts"
import { assert, it } from "@effect/vitest"
import type { ConsumerMessages, ConsumerNotification, JsMsg } from "@nats-io/jetstream"
import { Effect, Queue } from "effect"

type Told = ReadonlyArray<ConsumerNotification["type"] | { readonly closed: string }>

/** A consumer whose starts go as told, each in turn, and the last one for ever; `delivers` is what the last one brings. */
const consumer = (starts: ReadonlyArray<Told>, delivers: ReadonlyArray<string>) => {
  let started = 0
  let left = 0
  const consume = async (take: (message: JsMsg) => void) => {
    const told = starts[Math.min(started++, starts.length - 1)]!
    if (started >= starts.length) for (const subject of delivers) take({ subject } as JsMsg)
    const closed = told.find((what) => typeof what === "object")
    return {
      status: async function* () {
        for (const type of told) if (typeof type === "string") yield { type } as ConsumerNotification
        await new Promise(() => {})
      },
      closed: () => (closed ? Promise.resolve(new Error(closed.closed)) : new Promise(() => {}))
    } as unknown as ConsumerMessages
  }
  const leave = () => Effect.sync(() => left++)
  return { consume, leave, started: () => started, left: () => left }
}

it.live("is begun anew where nobody was there to deliver", () =>
  Effect.gen(function* () {
    const { consume, leave, started, left } = consumer(
      [["no_responders"], ["no_responders"], ["heartbeat"]],
      ["a", "b"]
    )
    const queue = yield* deliveries(5_000, consume, leave)
    const taken = yield* Queue.takeN(queue, 2)
    assert.deepStrictEqual(
      taken.map(({ subject }) => subject),
      ["a", "b"]
    )
    assert.deepStrictEqual([started(), left()], [3, 2])
  }).pipe(Effect.scoped)
)

it.live("is left to itself where nobody is there for a moment after something came", () =>
  Effect.gen(function* () {
    const { consume, leave, started } = consumer([["no_responders", { closed: "the end" }]], ["a"])
    const queue = yield* deliveries(5_000, consume, leave)
    assert.strictEqual((yield* Queue.take(queue)).subject, "a")
    const { reason } = yield* Effect.flip(Queue.take(queue))
    assert.deepStrictEqual([reason, started()], ["the end", 1])
  }).pipe(Effect.scoped)
)

for (const [what, told] of [
  ["is silent", []],
  ["never has anybody to answer for it", ["no_responders"]]
] satisfies ReadonlyArray<[string, Told]>)
  it.live(`is given up when it ${what}`, () =>
    Effect.gen(function* () {
      const { consume, leave } = consumer([told], [])
      const queue = yield* deliveries(100, consume, leave)
      const { reason } = yield* Effect.flip(Queue.take(queue))
      assert.strictEqual(reason, "the consumer was silent for 0.1 s")
    }).pipe(Effect.scoped)
  )

it.live("says why it could not begin", () =>
  Effect.gen(function* () {
    const refused = () => Promise.reject(new Error("stream not found"))
    const { reason } = yield* Effect.flip(deliveries(5_000, refused, () => Effect.void))
    assert.strictEqual(reason, "stream not found")
  }).pipe(Effect.scoped)
)
