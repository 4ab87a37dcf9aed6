import { assert, it } from "@effect/vitest"
import { Array, Deferred, Effect, Fiber, Option, Queue } from "effect"
import { viewSubscription } from "#layers/processors/boardSubscriptions.ts"
import type { EventLog } from "#layers/services/EventLog.ts"
import { type Bucket, type KeyedEntry, StoreUnavailable } from "#layers/services/KeyValue.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { makeProjector } from "#layers/views/projector.ts"
import { idleThreshold } from "#layers/views/rows/rowBuffer.ts"
import { RowIntegrity } from "#layers/views/rows/RowIntegrity.ts"
import { ann, BookBorrowed, library, shelf } from "#test/boards/libraryBoard.ts"

const borrowed = (position: number, id: string) =>
  ({
    position,
    streamId: `book/${id}`,
    event: new BookBorrowed({ book: { id }, reader: ann }),
    time: "",
    actor: ""
  }) as unknown as RecordedEvent

it.effect("a row that changes while it is written is written again with the change", () =>
  Effect.gen(function* () {
    const pages = yield* Queue.unbounded<ReadonlyArray<RecordedEvent>>()
    const [begun, mayEnd] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
    const stored = new Map<string, { readonly value: string; readonly revision: number }>()
    const bucket = {
      get: (key: string) => Effect.sync(() => Option.fromUndefinedOr(stored.get(key))),
      putAll: (rows: ReadonlyArray<KeyedEntry>) =>
        Effect.forEach(rows, ({ key, value, revision }) =>
          Effect.gen(function* () {
            if (key === "slow" && !stored.has(key)) {
              yield* Deferred.succeed(begun, undefined)
              yield* Deferred.await(mayEnd)
            }
            assert.strictEqual(stored.get(key)?.revision ?? 0, revision)
            stored.set(key, { value, revision: revision + 1 })
            return revision + 1
          })
        )
    } as unknown as Bucket
    const log = {
      replay: (
        _: unknown,
        __: number,
        ___: number,
        handlePage: (page: ReadonlyArray<RecordedEvent>) => Effect.Effect<void>
      ) => Effect.repeat(Effect.flatMap(Queue.take(pages), handlePage), { times: 4 })
    } as unknown as EventLog["Service"]
    const { replay } = makeProjector({
      view: shelf,
      subscription: viewSubscription(library, shelf),
      bucket,
      log,
      blockedStreams: () => new Set()
    })
    const last = idleThreshold + 5
    const replayed = yield* Effect.forkChild(replay({ after: 0, upTo: last, isEmpty: true }, () => Effect.void))
    yield* Queue.offer(pages, [borrowed(1, "slow"), borrowed(2, "b")])
    yield* Queue.offer(
      pages,
      Array.makeBy(idleThreshold, (n) => borrowed(n + 3, `other${n}`))
    )
    yield* Queue.offer(pages, [borrowed(idleThreshold + 3, "c")])
    yield* Deferred.await(begun)
    yield* Queue.offer(pages, [borrowed(idleThreshold + 4, "slow")])
    yield* Queue.offer(pages, [borrowed(last, "b")])
    yield* Effect.yieldNow
    yield* Deferred.succeed(mayEnd, undefined)
    yield* Fiber.join(replayed)
    const loans = (id: string) => (JSON.parse(stored.get(id)!.value) as { loans: number }).loans
    assert.deepStrictEqual(["slow", "b", "c", "other0"].map(loans), [2, 2, 1, 1])
    assert.strictEqual(stored.size, idleThreshold + 3)
  })
)

it.effect("rows count as being created until their write is acknowledged or has failed", () =>
  Effect.gen(function* () {
    const integrity = new RowIntegrity()
    const log = {
      replay: (_: unknown, __: number, ___: number, handlePage: (page: ReadonlyArray<RecordedEvent>) => unknown) =>
        handlePage([borrowed(1, "a"), borrowed(2, "b")])
    } as unknown as EventLog["Service"]
    const seen: globalThis.Array<readonly [creating: number, created: number]> = []
    let isFailing = true
    const bucket = {
      putAll: (rows: ReadonlyArray<KeyedEntry>) =>
        Effect.suspend(() => {
          seen.push([integrity.creatingCount, integrity.createdCount])
          return isFailing
            ? Effect.fail(new StoreUnavailable({ bucket: "shelf", reason: "lost" }))
            : Effect.succeed(rows.map((_, n) => n + 1))
        })
    } as unknown as Bucket
    const { replay } = makeProjector({
      view: shelf,
      subscription: viewSubscription(library, shelf),
      bucket,
      log,
      blockedStreams: () => new Set(),
      source: { integrity, foldBefore: () => Effect.succeed(new Map()) }
    })
    const run = replay({ after: 0, upTo: 2, isEmpty: true }, () => Effect.void)
    yield* Effect.flip(run)
    isFailing = false
    yield* run
    assert.deepStrictEqual(seen, [
      [2, 0],
      [2, 0]
    ])
    assert.deepStrictEqual([integrity.creatingCount, integrity.createdCount], [0, 2])
  })
)
