import { assert, describe, it } from "@effect/vitest"
import { jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { Effect, Layer } from "effect"
import { bucketOf } from "#layers/buckets/bucketNames.ts"
import * as Nats from "#layers/nats/natsServices.ts"
import type { RowPublication } from "#layers/nats/provision/rowPublication.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { library, shelf } from "#test/boards/libraryBoard.ts"
import { testServer } from "#test/support/testServer.ts"

const bucket = bucketOf(shelf)
const stream = `KV_${bucket}`
const published = { src: `$KV.${bucket}.>`, dest: `ui.${library.name}.${bucket}.>` }

const fixture = Effect.gen(function* () {
  const { url } = yield* testServer({ syncInterval: "2m" })
  const nats = yield* Effect.acquireRelease(
    Effect.promise(() => connect({ servers: url })),
    (nats) => Effect.promise(() => nats.close())
  )
  const manager = yield* Effect.promise(() => jetstreamManager(nats))
  const configured = Effect.promise(async () => (await manager.streams.info(stream)).config.republish)
  /** Runs an effect on the services, which are provisioned first. */
  const start = <A, E>(rows: RowPublication | undefined, run: Effect.Effect<A, E, KeyValue>) =>
    run.pipe(
      Effect.provide(
        Layer.fresh(Nats.layer(library, { servers: url, replicas: 1, ...(rows !== undefined && { rows }) }))
      ),
      Effect.scoped
    )
  return { nats, manager, configured, start }
})

describe("The publication of rows", () => {
  it.live("is added to a bucket and removed from it, and no row is lost", () =>
    Effect.gen(function* () {
      const { configured, start } = yield* fixture
      const row = Effect.flatMap(KeyValue, (kv) => kv.bucket(bucket).get("a"))
      yield* start(
        undefined,
        Effect.flatMap(KeyValue, (kv) => kv.bucket(bucket).put("a", "1", 0))
      )
      assert.strictEqual(yield* configured, undefined)
      const kept = { value: { value: "1", revision: 1 } }
      assert.deepInclude(yield* start("on", row), kept)
      assert.deepStrictEqual(yield* configured, published)
      assert.deepInclude(yield* start("unchanged", row), kept)
      assert.deepStrictEqual(yield* configured, published)
      assert.deepInclude(yield* start("off", row), kept)
      assert.strictEqual(yield* configured, undefined)
    }).pipe(Effect.scoped)
  )

  it.live("follows each row that is stored, names the one before, and leaves out what a version check rejects", () =>
    Effect.gen(function* () {
      const { nats, start } = yield* fixture
      const received: Array<string> = []
      nats.subscribe(`ui.${library.name}.>`, {
        callback: (_, message) =>
          void received.push(
            `${message.subject} ${message.string()} ${message.headers?.get("Nats-Sequence")} after ${message.headers?.get("Nats-Last-Sequence")}`
          )
      })
      yield* start(
        "on",
        Effect.gen(function* () {
          const rows = (yield* KeyValue).bucket(bucket)
          const first = yield* rows.put("a", "1", 0)
          yield* rows.put("b", "1", 0)
          yield* rows.put("a", "2", first)
          yield* Effect.flip(rows.put("a", "3", first))
          yield* Effect.promise(() => nats.flush())
        })
      )
      const subject = `ui.${library.name}.${bucket}`
      assert.deepStrictEqual(received, [
        `${subject}.a 1 1 after 0`,
        `${subject}.b 1 2 after 0`,
        `${subject}.a 2 3 after 1`
      ])
    }).pipe(Effect.scoped)
  )

  it.live("is part of a bucket that is recreated", () =>
    Effect.gen(function* () {
      const { configured, manager, start } = yield* fixture
      yield* start(
        "on",
        Effect.gen(function* () {
          const rows = (yield* KeyValue).bucket(bucket)
          yield* Effect.promise(() => manager.streams.delete(stream))
          assert.isTrue(yield* rows.ensure)
        })
      )
      assert.deepStrictEqual(yield* configured, published)
    }).pipe(Effect.scoped)
  )
})
