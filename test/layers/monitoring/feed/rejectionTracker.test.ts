import { assert, it } from "@effect/vitest"
import { Effect, Layer, Queue, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Rejections from "#layers/monitoring/feed/RejectionTracker.ts"
import { AuditReader, type RejectedCommand } from "#layers/services/AuditReader.ts"
import { LogUnavailable } from "#layers/services/EventLog.ts"
import { library } from "#test/boards/libraryBoard.ts"

const rejected = (position: number): RejectedCommand => ({
  position,
  command: "BorrowBook",
  type: "BookIsOut",
  streamId: `book/${position}`,
  actor: "Reader",
  time: "2022-12-12T10:00:00.000Z",
  correlationId: "c"
})

/** An audit whose counts, rejections and failures the test sets. */
const audit = Effect.gen(function* () {
  const rejections = yield* Queue.make<ReadonlyArray<RejectedCommand>, LogUnavailable>()
  const state = { count: 3, position: 3, rejections }
  const reader = AuditReader.of({
    rejections: Effect.sync(() => ({ position: state.position, counts: new Map([["BorrowBook", state.count]]) })),
    follow: () => Stream.fromQueue(state.rejections)
  })
  return { state, layer: Rejections.layer(library).pipe(Layer.provide(Layer.succeed(AuditReader, reader))) }
})

it.effect("rejections are counted again after an hour, since the audit drops old ones, and after an outage", () =>
  Effect.gen(function* () {
    const { layer, state } = yield* audit
    yield* Effect.gen(function* () {
      const { awaitChanges, current } = yield* Rejections.RejectionTracker
      const count = Effect.map(current, (all) => all.get("BorrowBook")!.count)
      assert.strictEqual(yield* count, 3)
      yield* Queue.offer(state.rejections, [rejected(3), rejected(4)])
      const first = yield* awaitChanges(1)
      assert.deepStrictEqual([first.commands.get("BorrowBook")!.count, yield* count], [4, 4])

      Object.assign(state, { count: 2, position: 4 })
      yield* TestClock.adjust("1 hour")
      const second = yield* awaitChanges(first.version)
      assert.deepStrictEqual([second.commands.get("BorrowBook")!.count, yield* count], [2, 2])

      const before = state.rejections
      Object.assign(state, { count: 5, position: 7, rejections: yield* Queue.make<ReadonlyArray<RejectedCommand>>() })
      yield* Queue.fail(before, new LogUnavailable({ reason: "gone" }))
      yield* TestClock.adjust("10 seconds")
      const third = yield* awaitChanges(second.version)
      assert.deepStrictEqual([third.commands.get("BorrowBook")!.count, yield* count], [5, 5])
    }).pipe(Effect.provide(layer))
  })
)
