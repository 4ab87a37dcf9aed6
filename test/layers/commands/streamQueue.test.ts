import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Result, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as Execute from "#layers/commands/commandHandler.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { streamQueue } from "#layers/commands/streamQueue.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import { EventLog, LogUnavailable } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import { freshId, school, TakeNote } from "#test/boards/schoolBoard.ts"

const never = () => new Error("it waited for too long")

describe("The queue of event streams", () => {
  it.effect("lets one at a time have each, first come first served, and others meanwhile", () =>
    Effect.gen(function* () {
      const queue = streamQueue()
      const order: Array<string> = []
      const gate = yield* Deferred.make<void>()
      const turn = (name: string, streams: ReadonlyArray<string>, wait: Effect.Effect<void> = Effect.void) =>
        Effect.forkChild(
          queue.withTurn(
            streams,
            Effect.andThen(
              wait,
              Effect.sync(() => void order.push(name))
            ),
            1_000,
            never
          ),
          { startImmediately: true }
        )
      const first = yield* turn("first", ["a"], Deferred.await(gate))
      const both = yield* turn("both", ["b", "a", "b"])
      const behind = yield* turn("behind", ["b"])
      yield* Fiber.join(yield* turn("elsewhere", ["c"]))
      assert.deepStrictEqual(order, ["elsewhere"])
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.joinAll([first, both, behind])
      assert.deepStrictEqual(order, ["elsewhere", "first", "both", "behind"])
      assert.strictEqual(queue.size(), 0)
    })
  )

  it.effect("is left by who is interrupted, fails or breaks down, and by who has waited for long enough", () =>
    Effect.gen(function* () {
      const queue = streamQueue()
      const turn = <A, E>(effect: Effect.Effect<A, E>) =>
        Effect.forkChild(Effect.exit(queue.withTurn(["a"], effect, 1_000, never)), { startImmediately: true })
      const holding = yield* turn(Effect.never)
      const impatient = yield* turn(Effect.void)
      const interrupted = yield* turn(Effect.void)
      yield* Fiber.interrupt(interrupted)
      yield* TestClock.adjust("1 second")
      const exit = yield* Fiber.join(impatient)
      assert.include(String(exit), never().message)
      const next = [yield* turn(Effect.fail("no")), yield* turn(Effect.die("broken")), yield* turn(Effect.void)]
      yield* Fiber.interrupt(holding)
      yield* Fiber.joinAll(next)
      assert.strictEqual(queue.size(), 0)
    })
  )

  const Asked = Schema.Struct({
    streams: Schema.Array(Schema.Literals(["a", "b", "c", "d"])).check(Schema.isMinLength(1), Schema.isMaxLength(4)),
    steps: Schema.Literals([0, 1, 2, 3]),
    isInterrupted: Schema.Boolean
  })

  it.effect.prop(
    "whoever asks for whatever streams, nobody waits for ever, and nobody meets another on a stream",
    [Schema.Array(Asked)],
    ([all]) =>
      Effect.gen(function* () {
        const queue = streamQueue()
        const taken = new Set<string>()
        const begun: Array<number> = []
        const fibers = yield* Effect.forEach(all, ({ steps, streams }, n) =>
          Effect.acquireUseRelease(
            Effect.sync(() => {
              begun.push(n)
              for (const stream of new Set(streams)) {
                assert.isFalse(taken.has(stream))
                taken.add(stream)
              }
            }),
            () => Effect.repeat(Effect.yieldNow, { times: steps }),
            () => Effect.sync(() => streams.forEach((stream) => taken.delete(stream)))
          ).pipe(
            (use) => queue.withTurn(streams, use, 60_000, never),
            (run) => Effect.forkChild(Effect.exit(run), { startImmediately: true })
          )
        )
        for (const [n, fiber] of fibers.entries()) if (all[n]!.isInterrupted) yield* Fiber.interrupt(fiber)
        for (const [n, fiber] of fibers.entries()) if (!all[n]!.isInterrupted) yield* Fiber.join(fiber)
        assert.strictEqual(queue.size(), 0)
        for (const [n, { streams, isInterrupted }] of all.entries()) {
          if (isInterrupted) continue
          const earlier = all.findIndex(
            (other, m) => m < n && !other.isInterrupted && other.streams.some((stream) => streams.includes(stream))
          )
          if (earlier >= 0) assert.isBelow(begun.indexOf(earlier), begun.indexOf(n))
        }
      }),
    { arbitrary: { size: 60 } }
  )
})

it.effect("a command that waited for its event stream for 9 s is told so, and wrote nothing", () =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const { execute } = yield* Commands
    const course = freshId()
    const asked = () =>
      Effect.forkChild(Effect.result(execute(TakeNote, { course }, { actor: "a" })), { startImmediately: true })
    const [holding, waiting] = [yield* asked(), yield* asked()]
    yield* TestClock.adjust("9 seconds")
    const [held, waited] = [yield* Fiber.join(holding), yield* Fiber.join(waiting)]
    assert.include(Result.isFailure(held) ? held.failure : {}, { _tag: "LogUnavailable" })
    assert.include(Result.isFailure(waited) ? waited.failure : {}, {
      _tag: "StreamContended",
      streamId: `course/${course.id}`
    })
    assert.strictEqual(yield* log.lastPosition(), 0)
  }).pipe(
    Effect.provide(
      Execute.layer(school).pipe(
        Layer.provide(
          Layer.effect(
            EventLog,
            Effect.map(EventLog, (log) => ({
              ...log,
              append: () => Effect.fail(new LogUnavailable({ reason: "the answer was lost" })),
              readAll: () => Effect.never
            }))
          )
        ),
        Layer.provideMerge(Memory.layer(school)),
        Layer.provide(Ids.layer)
      )
    )
  )
)
