import { assert, describe, it } from "@effect/vitest"
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { Context, Effect, Layer, Schedule } from "effect"
import { Board } from "#domain/model/index.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { resumeStalledCopies } from "#layers/nats/integrity/copies/resumeStalledCopies.ts"
import * as NatsServices from "#layers/nats/natsServices.ts"
import { makeAuditTrimmer } from "#layers/nats/publish/auditTrimmer.ts"
import * as Runtime from "#layers/runBoard.ts"
import { Health } from "#layers/services/Health.ts"
import { Ids } from "#layers/services/Ids.ts"
import { AcquireBook, ann, BorrowBook, library } from "#test/boards/libraryBoard.ts"
import { freshBook } from "#test/support/libraryFixtures.ts"
import { testServer } from "#test/support/testServer.ts"

const kib = 1024

/** A library with a small audit, or one small lane. */
const small = (audit: string, lane: string): Board.Any => ({
  ...library,
  audit: { ...library.audit, maxBytes: audit as "64 KiB", duplicateWindow: "100 millis" },
  lanes: library.lanes.map((each, n) =>
    n === 0 ? { ...each, retention: { ...each.retention, maxBytes: lane as never } } : each
  )
})

const runBoard = Effect.fnUntraced(function* (board: Board.Any) {
  const { url } = yield* testServer({ syncInterval: "2m" })
  const services = NatsServices.layer(board, { servers: url, replicas: 1 })
  const context = yield* Layer.build(
    Layer.fresh(Runtime.layer(board).pipe(Layer.provideMerge(services), Layer.provide(Ids.layer)))
  )
  const nats = yield* Effect.acquireRelease(
    Effect.promise(() => connect({ servers: url })),
    (nats) => Effect.promise(() => nats.close())
  )
  const manager = yield* Effect.promise(() => jetstreamManager(nats))
  const { execute } = Context.get(context, Commands)
  const acquire = Effect.suspend(() =>
    execute(AcquireBook, { book: freshBook(), title: "x".repeat(500) }, { actor: "Librarian" })
  )
  const rejectedCommand = Effect.flip(
    execute(BorrowBook, { book: { id: "nowhere" }, reader: ann }, { actor: "Member" })
  )
  return { manager, acquire, rejectedCommand, health: Context.get(context, Health).report }
})

const messages = (manager: JetStreamManager, stream: string, filter?: string) =>
  Effect.promise(async () => {
    if (filter === undefined) return (await manager.streams.info(stream)).state.messages
    const { state } = await manager.streams.info(stream, { subjects_filter: filter })
    return Object.values(state.subjects ?? {}).reduce((sum, count) => sum + count, 0)
  })

/** Repeats a read until its result satisfies the predicate. */
const until = <A, E>(read: Effect.Effect<A, E>, predicate: (found: A) => boolean) =>
  Effect.repeat(read, { until: predicate, schedule: Schedule.spaced("50 millis") })

const accepted = "audit.accepted.>"

describe("a full audit", () => {
  it.live("drops its oldest rejections, and rejected commands are still answered as rejected", () =>
    Effect.gen(function* () {
      const { acquire, manager, rejectedCommand } = yield* runBoard(small("64 KiB", "16 MiB"))
      const answers = yield* Effect.forEach(Array.from({ length: 400 }), () => rejectedCommand, { concurrency: 32 })
      assert.deepStrictEqual(new Set(answers.map(({ _tag }) => _tag)), new Set(["Refused"]))
      const { state } = yield* Effect.promise(() => manager.streams.info("audit-refused"))
      assert.isAbove(state.first_seq, 1)
      assert.isAtMost(state.bytes, 64 * kib)
      assert.lengthOf((yield* acquire).facts, 1)
    }).pipe(Effect.scoped)
  )

  it.live("never blocks accepted commands, which are copied once rejections are dropped or the limit is raised", () =>
    Effect.gen(function* () {
      const board = small("64 KiB", "16 MiB")
      const { acquire, health, manager, rejectedCommand } = yield* runBoard(board)
      const copied = messages(manager, "audit", accepted)
      yield* acquire
      yield* until(copied, (count) => count === 1)
      yield* Effect.forEach(Array.from({ length: 200 }), () => rejectedCommand, { concurrency: 32 })
      const full = until(health, ({ filling = {} }) => (filling["audit"] ?? 0) >= 0.8)
      yield* full
      const receipts = yield* Effect.forEach(Array.from({ length: 20 }), () => acquire, { concurrency: 8 })
      assert.isTrue(receipts.every(({ facts }) => facts.length === 1))

      // What the app does periodically.
      const trimAndResume = Effect.andThen(
        makeAuditTrimmer(manager, board).trimAudit,
        resumeStalledCopies(manager, board)
      )
      const copiedAfterTrim = Effect.delay(Effect.andThen(trimAndResume, copied), "300 millis")
      yield* until(copiedAfterTrim, (count) => count === 21)

      yield* Effect.forEach(Array.from({ length: 100 }), () => acquire, { concurrency: 8 })
      yield* full
      assert.isBelow(yield* copied, 121)
      yield* Effect.promise(() => manager.streams.update("audit", { max_bytes: 1024 * kib }))
      yield* until(copiedAfterTrim, (count) => count === 121)
      assert.notProperty((yield* health).filling, "audit")
    }).pipe(Effect.scoped)
  )

  it.live("a full lane does not block commands either, and health reports it before it is full", () =>
    Effect.gen(function* () {
      const { acquire, health, manager } = yield* runBoard(small("16 MiB", "16 KiB"))
      const { name } = library.lanes[0]!
      yield* Effect.forEach(Array.from({ length: 60 }), () => acquire, { concurrency: 8 })
      const { filling } = yield* until(health, ({ filling = {} }) => (filling[name] ?? 0) >= 0.8)
      assert.sameMembers(Object.keys(filling!), [name])
      yield* Effect.forEach(Array.from({ length: 10 }), () => acquire)
      yield* Effect.promise(() => manager.streams.update(name, { max_bytes: 1024 * kib }))
      const trimAndResume = Effect.delay(resumeStalledCopies(manager, small("16 MiB", "16 KiB")), "300 millis")
      yield* until(Effect.andThen(trimAndResume, messages(manager, name)), (copied) => copied === 70)
      assert.deepStrictEqual((yield* health).filling, {})
    }).pipe(Effect.scoped)
  )
})
