import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { type DeliveryInfo, makeResequencer } from "#layers/nats/consume/resequencer.ts"

const step = Schema.Struct({
  /** The process that is pinned now: this one or another. */
  to: Schema.Literals(["us", "them"]),
  /** The server delivers the next event, loses it on its way, or delivers again from the checkpoint. */
  what: Schema.Literals(["next", "next", "next", "lost", "rewind"]),
  /** Whether the event is finished, and the checkpoint advanced to it. */
  finished: Schema.Boolean,
  /** Whether the event is of another type, which one filter for several lets through. */
  passes: Schema.Boolean,
  /** Positions of events that this consumer does not receive, before the next event. */
  others: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 }))
})

it.effect.prop(
  "events are delivered in order and none is skipped, whatever goes to other processes and comes back",
  [Schema.Array(step)],
  ([steps]) =>
    Effect.gen(function* () {
      const log: Array<number> = []
      let end = 0
      let checkpoint = 0
      let finishedByThem = 0
      /**
       * The server's consumer: how many events it has delivered, its delivery sequence, and the pinned process with its
       * pin.
       */
      let delivered = 0
      let sequence = 0
      let pinCount = 0
      let pinned: string | undefined
      const received: Array<number> = []
      const passing = new Set<number>()
      const { processBatch } = makeResequencer<DeliveryInfo, number, never, never>({
        deliveryInfo: (message) => message,
        isWanted: ({ position }) => !passing.has(position),
        decode: ({ position }) => position,
        checkpoint: Effect.sync(() => checkpoint),
        deliver: (positions) => Effect.sync(() => void received.push(...positions)),
        readRange: (after, upTo) =>
          Effect.sync(() => log.filter((position) => position > after && position <= upTo && !passing.has(position)))
      })
      for (const { to, what, finished, passes, others } of steps) {
        log.push((end += others + 1))
        if (passes) passing.add(end)
        if (what === "rewind") {
          delivered = log.filter((position) => position <= checkpoint).length
          sequence = 0
          pinned = undefined
        }
        if (to !== pinned) pinCount++
        pinned = to
        const message = { position: log[delivered++]!, deliverySequence: ++sequence, pinId: `pin ${pinCount}` }
        if (what === "lost") continue
        const { position } = message
        if (to === "us") {
          yield* processBatch([message])
          assert.deepStrictEqual(
            received,
            [...new Set(received)].sort((a, b) => a - b),
            "in order, once"
          )
          for (const each of log.filter((each) => each <= Math.max(position, received.at(-1) ?? 0))) {
            const done = each <= finishedByThem || passing.has(each) || received.includes(each)
            assert.isTrue(done, `${each} was skipped`)
          }
          if (finished) checkpoint = Math.max(checkpoint, position)
        } else if (finished) {
          // The other process is in order too, so everything up to here is done.
          checkpoint = Math.max(checkpoint, position)
          finishedByThem = Math.max(finishedByThem, checkpoint)
        }
      }
    }),
  { arbitrary: { size: 200, runs: 300 } }
)

it.effect("a sequence that is contiguous by chance, after a reset and another process's pin, hides no gap", () =>
  Effect.gen(function* () {
    const received: Array<number> = []
    const { processBatch } = makeResequencer<DeliveryInfo, number, never, never>({
      deliveryInfo: (message) => message,
      isWanted: () => true,
      decode: ({ position }) => position,
      checkpoint: Effect.succeed(0),
      readRange: (after, upTo) =>
        Effect.succeed([1, 2, 3, 4].filter((position) => position > after && position <= upTo)),
      deliver: (positions) => Effect.sync(() => void received.push(...positions))
    })
    yield* processBatch([{ position: 1, deliverySequence: 2, pinId: "one" }])
    assert.deepStrictEqual(received, [1])
    yield* processBatch([{ position: 4, deliverySequence: 3, pinId: "three" }])
    assert.deepStrictEqual(received, [1, 2, 3, 4])
  })
)

it.effect("a long range that another process received is read in pages, from the checkpoint as it is by then", () =>
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
