import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Result, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as CommandHandler from "#layers/commands/commandHandler.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { type QueuedStream, streamQueue } from "#layers/commands/streamQueue.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import { EventLog, LogUnavailable } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import { freshId, school, TakeNote } from "#test/boards/schoolBoard.ts"

const guarded = (...streams: ReadonlyArray<string>): ReadonlyArray<QueuedStream> =>
  streams.map((text) => ({ text, use: "guards" }))
const checked = (...streams: ReadonlyArray<string>): ReadonlyArray<QueuedStream> =>
  streams.map((text) => ({ text, use: "checks" }))

const timeoutError = () => new Error("it waited too long")

describe("The queue of event streams", () => {
  it.effect(
    "runs one turn at a time on each stream, first come first served, and turns on other streams concurrently",
    () =>
      Effect.gen(function* () {
        const queue = streamQueue()
        const order: Array<string> = []
        const gate = yield* Deferred.make<void>()
        const turn = (name: string, streams: ReadonlyArray<QueuedStream>, wait: Effect.Effect<void> = Effect.void) =>
          Effect.forkChild(
            queue.withTurn(
              streams,
              () =>
                Effect.andThen(
                  wait,
                  Effect.sync(() => void order.push(name))
                ),
              1_000,
              timeoutError
            ),
            { startImmediately: true }
          )
        const first = yield* turn("first", guarded("a"), Deferred.await(gate))
        const both = yield* turn("both", guarded("b", "a"))
        const third = yield* turn("third", guarded("b"))
        yield* Fiber.join(yield* turn("other stream", guarded("c")))
        assert.deepStrictEqual(order, ["other stream"])
        yield* Deferred.succeed(gate, undefined)
        yield* Fiber.joinAll([first, both, third])
        assert.deepStrictEqual(order, ["other stream", "first", "both", "third"])
        assert.strictEqual(queue.size(), 0)
      })
  )

  it.effect("is left by turns that are interrupted, fail, die or time out", () =>
    Effect.gen(function* () {
      const queue = streamQueue()
      const turn = <A, E>(effect: Effect.Effect<A, E>) =>
        Effect.forkChild(Effect.exit(queue.withTurn(guarded("a"), () => effect, 1_000, timeoutError)), {
          startImmediately: true
        })
      const holding = yield* turn(Effect.never)
      const timedOut = yield* turn(Effect.void)
      const interrupted = yield* turn(Effect.void)
      yield* Fiber.interrupt(interrupted)
      yield* TestClock.adjust("1 second")
      const exit = yield* Fiber.join(timedOut)
      assert.include(String(exit), timeoutError().message)
      const next = [yield* turn(Effect.fail("no")), yield* turn(Effect.die("broken")), yield* turn(Effect.void)]
      yield* Fiber.interrupt(holding)
      yield* Fiber.joinAll(next)
      assert.strictEqual(queue.size(), 0)
    })
  )

  it.effect("is left by a turn before its end, once: the next one begins then", () =>
    Effect.gen(function* () {
      const queue = streamQueue()
      const gate = yield* Deferred.make<void>()
      const begun: Array<string> = []
      const turn = (name: string, leavesEarly: boolean) =>
        Effect.forkChild(
          queue.withTurn(
            guarded("a"),
            (leaveQueue) => {
              begun.push(name)
              if (leavesEarly) leaveQueue()
              return Deferred.await(gate)
            },
            1_000,
            timeoutError
          ),
          { startImmediately: true }
        )
      const fibers = [yield* turn("first", true), yield* turn("second", false), yield* turn("third", false)]
      assert.deepStrictEqual(begun, ["first", "second"])
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.joinAll(fibers)
      assert.deepStrictEqual(begun, ["first", "second", "third"])
      assert.strictEqual(queue.size(), 0)
    })
  )

  it.effect("runs turns that only check a stream at the same time, in between those that may change it", () =>
    Effect.gen(function* () {
      const queue = streamQueue()
      const begun: Array<string> = []
      const turn = (name: string, streams: ReadonlyArray<QueuedStream>) =>
        Effect.gen(function* () {
          const gate = yield* Deferred.make<void>()
          const held = Effect.andThen(
            Effect.sync(() => void begun.push(name)),
            Deferred.await(gate)
          )
          yield* Effect.forkChild(
            queue.withTurn(streams, () => held, 1_000, timeoutError),
            { startImmediately: true }
          )
          return Effect.andThen(Deferred.succeed(gate, undefined), Effect.yieldNow)
        })
      const one = yield* turn("check 1", checked("a"))
      const two = yield* turn("check 2", checked("a"))
      const change = yield* turn("change", guarded("a"))
      const three = yield* turn("check 3", checked("a"))
      assert.deepStrictEqual(begun, ["check 1", "check 2"])
      yield* two
      assert.deepStrictEqual(begun, ["check 1", "check 2"], "the change waits for the first check, too")
      yield* one
      assert.deepStrictEqual(begun, ["check 1", "check 2", "change"], "a later check overtakes nobody")
      yield* change
      assert.deepStrictEqual(begun, ["check 1", "check 2", "change", "check 3"])
      yield* three
      assert.strictEqual(queue.size(), 0)
    })
  )

  const Use = Schema.Struct({
    text: Schema.Literals(["a", "b", "c", "d"]),
    use: Schema.Literals(["guards", "guards", "checks"])
  })
  const Request = Schema.Struct({
    streams: Schema.Array(Use).check(Schema.isMinLength(1), Schema.isMaxLength(4)),
    steps: Schema.Literals([0, 1, 2, 3]),
    isInterrupted: Schema.Boolean
  })

  it.effect.prop(
    "never runs another turn beside one that may change its stream, and finishes all turns, for any sets of streams",
    [Schema.Array(Request)],
    ([requests]) =>
      Effect.gen(function* () {
        const all = requests.map(({ streams, ...request }) => ({
          ...request,
          streams: [...new Map(streams.map((each) => [each.text, each])).values()]
        }))
        const queue = streamQueue()
        const running = new Set<ReadonlyArray<QueuedStream>>()
        const excludes = (one: ReadonlyArray<QueuedStream>, other: ReadonlyArray<QueuedStream>) =>
          one.some((a) => other.some((b) => a.text === b.text && (a.use === "guards" || b.use === "guards")))
        const begun: Array<number> = []
        const fibers = yield* Effect.forEach(all, ({ steps, streams }, n) =>
          Effect.acquireUseRelease(
            Effect.sync(() => {
              begun.push(n)
              for (const other of running) assert.isFalse(excludes(streams, other))
              running.add(streams)
            }),
            () => Effect.repeat(Effect.yieldNow, { times: steps }),
            () => Effect.sync(() => running.delete(streams))
          ).pipe(
            (use) => queue.withTurn(streams, () => use, 60_000, timeoutError),
            (run) => Effect.forkChild(Effect.exit(run), { startImmediately: true })
          )
        )
        for (const [n, fiber] of fibers.entries()) if (all[n]!.isInterrupted) yield* Fiber.interrupt(fiber)
        for (const [n, fiber] of fibers.entries()) if (!all[n]!.isInterrupted) yield* Fiber.join(fiber)
        assert.strictEqual(queue.size(), 0)
        for (const [n, { streams, isInterrupted }] of all.entries()) {
          if (isInterrupted) continue
          const earlier = all.findIndex((other, m) => m < n && !other.isInterrupted && excludes(other.streams, streams))
          if (earlier >= 0) assert.isBelow(begun.indexOf(earlier), begun.indexOf(n))
        }
      }),
    { arbitrary: { size: 60 } }
  )
})

it.effect("a command that waits 9 s for its event stream fails with StreamContended, and writes nothing", () =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const { execute } = yield* Commands
    const course = freshId()
    const takeNote = () =>
      Effect.forkChild(Effect.result(execute(TakeNote, { course }, { actor: "a" })), { startImmediately: true })
    const [holding, waiting] = [yield* takeNote(), yield* takeNote()]
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
      CommandHandler.layer(school).pipe(
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
