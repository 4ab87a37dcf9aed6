import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { type DeliveryInfo, makeResequencer } from "#layers/nats/consume/resequencer.ts"

const step = Schema.Struct({
  /** The process that has its turn now: we or another. */
  to: Schema.Literals(["us", "them"]),
  /** The server delivers the next event, loses it on its way, or is told to deliver again what is behind the checkpoint. */
  what: Schema.Literals(["next", "next", "next", "lost", "rewind"]),
  /** Whether it is finished, and the checkpoint is advanced to it. */
  finished: Schema.Boolean,
  /** Whether it is of another type, which one filter for several lets through. */
  passes: Schema.Boolean,
  /** Positions of the log that this consumer does not take, before the next event. */
  others: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 }))
})

it.effect.prop(
  "whatever goes to other processes and comes back, facts are taken in order and none is passed over",
  [Schema.Array(step)],
  ([steps]) =>
    Effect.gen(function* () {
      const log: Array<number> = []
      let end = 0
      let checkpoint = 0
      let finishedByThem = 0
      /** The server's consumer: how many of the log it has delivered, its count, and whose turn it is, under which pin. */
      let delivered = 0
      let nth = 0
      let turn = 0
      let pinned: string | undefined
      const taken: Array<number> = []
      const passing = new Set<number>()
      const { processBatch } = makeResequencer<DeliveryInfo, number, never, never>({
        deliveryInfo: (message) => message,
        isWanted: ({ position }) => !passing.has(position),
        decode: ({ position }) => position,
        checkpoint: Effect.sync(() => checkpoint),
        deliver: (positions) => Effect.sync(() => void taken.push(...positions)),
        readRange: (after, upTo) =>
          Effect.sync(() => log.filter((position) => position > after && position <= upTo && !passing.has(position)))
      })
      for (const { to, what, finished, passes, others } of steps) {
        log.push((end += others + 1))
        if (passes) passing.add(end)
        if (what === "rewind") {
          delivered = log.filter((position) => position <= checkpoint).length
          nth = 0
          pinned = undefined
        }
        if (to !== pinned) turn++
        pinned = to
        const message = { position: log[delivered++]!, deliverySequence: ++nth, pinId: `pin ${turn}` }
        if (what === "lost") continue
        const { position } = message
        if (to === "us") {
          yield* processBatch([message])
          assert.deepStrictEqual(
            taken,
            [...new Set(taken)].sort((a, b) => a - b),
            "in order, once"
          )
          for (const each of log.filter((each) => each <= Math.max(position, taken.at(-1) ?? 0))) {
            const done = each <= finishedByThem || passing.has(each) || taken.includes(each)
            assert.isTrue(done, `${each} was passed over`)
          }
          if (finished) checkpoint = Math.max(checkpoint, position)
        } else if (finished) {
          // Another process takes what it gets in order too, so all up to here is done.
          checkpoint = Math.max(checkpoint, position)
          finishedByThem = Math.max(finishedByThem, checkpoint)
        }
      }
    }),
  { arbitrary: { size: 200, runs: 300 } }
)

it.effect("a number that fits by chance, after a reset and another's turn, hides nothing", () =>
  Effect.gen(function* () {
    const taken: Array<number> = []
    const { processBatch } = makeResequencer<DeliveryInfo, number, never, never>({
      deliveryInfo: (message) => message,
      isWanted: () => true,
      decode: ({ position }) => position,
      checkpoint: Effect.succeed(0),
      readRange: (after, upTo) =>
        Effect.succeed([1, 2, 3, 4].filter((position) => position > after && position <= upTo)),
      deliver: (positions) => Effect.sync(() => void taken.push(...positions))
    })
    yield* processBatch([{ position: 1, deliverySequence: 2, pinId: "one" }])
    assert.deepStrictEqual(taken, [1])
    yield* processBatch([{ position: 4, deliverySequence: 3, pinId: "three" }])
    assert.deepStrictEqual(taken, [1, 2, 3, 4])
  })
)

it.effect("a long stretch that went elsewhere is read in pieces, and begins at the checkpoint as it is by then", () =>
  Effect.gen(function* () {
    const reads: Array<readonly [number, number]> = []
    let checkpoint = 0
    let count = 0
    const { processBatch } = makeResequencer<DeliveryInfo, number, never, never>({
      deliveryInfo: (message) => message,
      isWanted: () => true,
      decode: ({ position }) => position,
      checkpoint: Effect.sync(() => checkpoint),
      readRange: (after, upTo) =>
        Effect.sync(() => {
          reads.push([after, upTo])
          return Array.from({ length: upTo - after }, (_, n) => after + 1 + n)
        }),
      deliver: (positions) => Effect.sync(() => void (count += positions.length))
    })
    yield* processBatch([{ position: 2_500, deliverySequence: 2_500, pinId: "one" }])
    assert.deepStrictEqual(reads, [
      [0, 1_000],
      [1_000, 2_000],
      [2_000, 2_500]
    ])
    checkpoint = 2_990
    yield* processBatch([{ position: 3_000, deliverySequence: 1, pinId: "two" }])
    assert.deepStrictEqual(reads.at(-1), [2_990, 3_000])
    assert.strictEqual(count, 2_510)
  })
)
