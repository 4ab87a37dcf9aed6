import { type Counted, inOrder } from "#layers/nats/inOrder.ts"
import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"

const step = Schema.Struct({
  /** The server delivers the next fact, or once more one that nobody acknowledged, to us or to another process. */
  to: Schema.Literals(["us", "them"]),
  what: Schema.Literals(["next", "next", "next", "again"]),
  which: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000 })),
  /** Whether it is finished and acknowledged, with all before it, as one batch of ours always is. */
  finished: Schema.Boolean,
  /** Whether it is of another type, which one filter for several lets through. */
  passes: Schema.Boolean,
  /** Positions of the log that this consumer does not take, before the next fact. */
  others: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 }))
})

it.effect.prop(
  "whatever goes to other processes and comes back, facts are taken in order and none is passed over",
  [Schema.Array(step)],
  ([steps]) =>
    Effect.gen(function* () {
      const log: Array<number> = []
      let end = 0
      let acknowledged = 0
      let deliveries = 0
      const taken: Array<number> = []
      const passing = new Set<number>()
      const take = inOrder({
        counted: (message: Counted) => message,
        wanted: ({ position }) => !passing.has(position),
        decode: ({ position }) => position,
        progress: Effect.sync(() => ({ acknowledged, delivered: log.at(-1) ?? 0 })),
        between: (after, upTo) =>
          Effect.sync(() => log.filter((position) => position > after && position <= upTo && !passing.has(position)))
      })
      let finishedByThem = 0
      for (const { to, what, which, finished, passes, others } of steps) {
        const open = log.filter((position) => position > acknowledged)
        if (what === "next") {
          log.push((end += others + 1))
          if (passes) passing.add(end)
        }
        if (what === "again" && open.length === 0) continue
        const position = what === "next" ? end : open[which % open.length]!
        const message = { position, nth: ++deliveries }
        if (to === "us") {
          taken.push(...(yield* take([message])))
          assert.deepStrictEqual(
            taken,
            [...new Set(taken)].sort((a, b) => a - b),
            "in order, once"
          )
          for (const position of log) {
            if (position <= (taken.at(-1) ?? 0)) {
              const done = position <= finishedByThem || passing.has(position) || taken.includes(position)
              assert.isTrue(done, `${position} was passed over`)
            }
          }
          assert.isTrue(passing.has(position) || position <= Math.max(taken.at(-1) ?? 0, finishedByThem))
          if (finished) acknowledged = Math.max(acknowledged, position)
        } else if (finished) {
          // Another process takes what it gets in order too, so all up to here is done.
          acknowledged = Math.max(acknowledged, position)
          finishedByThem = Math.max(finishedByThem, acknowledged)
        }
      }
    }),
  { arbitrary: { size: 200, runs: 300 } }
)

it.effect("a number that fits by chance, after a reset and another's turn, hides nothing", () =>
  Effect.gen(function* () {
    let delivered = 1
    const take = inOrder({
      counted: (message: Counted) => message,
      wanted: () => true,
      decode: ({ position }) => position,
      progress: Effect.sync(() => ({ acknowledged: 0, delivered })),
      between: (after, upTo) => Effect.succeed([1, 2, 3, 4].filter((position) => position > after && position <= upTo))
    })
    assert.deepStrictEqual(yield* take([{ position: 1, nth: 2, turn: "one" }]), [1])
    delivered = 4
    assert.deepStrictEqual(yield* take([{ position: 4, nth: 3, turn: "three" }]), [2, 3, 4])
  })
)
