import { assert, layer } from "@effect/vitest"
import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import type { Msg } from "@nats-io/transport-node"
import { Effect, Fiber, Layer } from "effect"
import * as Nats from "#layers/nats/connection/Nats.ts"
import { Requests } from "#layers/nats/connection/Requests.ts"
import { headerText, headerValue } from "#layers/nats/messages/messageHeaders.ts"
import { bucketStreamSpec } from "#layers/nats/provision/streamSpecs.ts"
import { makeKeyScan, type NewestOf } from "#layers/nats/read/keyScan.ts"
import { makeLeaderReads } from "#layers/nats/read/leaderReads.ts"
import { StoreUnavailable } from "#layers/services/KeyValue.ts"
import { TestServer } from "#test/support/testServer.ts"

const connected = Layer.unwrap(
  Effect.map(TestServer, ({ url }) => Requests.layer.pipe(Layer.provideMerge(Nats.layer(url))))
).pipe(Layer.provide(TestServer.layer))

const revisionOf = (message: Msg) => Number(headerValue(headerText(message), "Nats-Sequence"))

/** Answers direct gets so many times as a replica that has only the first messages of the bucket. */
const staleReplica = (requests: Requests["Service"], times: number, upTo: number): Requests["Service"] => {
  let left = times
  return {
    ...requests,
    many: (...args) =>
      Effect.map(requests.many(...args), (answers) =>
        left-- > 0 ? answers.map((messages) => messages.filter((message) => revisionOf(message) <= upTo)) : answers
      )
  }
}

const openBucket = Effect.fnUntraced(function* (name: string) {
  const nats = yield* Nats.Nats
  const requests = yield* Requests
  const manager = yield* Effect.promise(() => jetstreamManager(nats))
  yield* Effect.promise(() => manager.streams.add(bucketStreamSpec(name, 1)))
  const js = jetstream(nats)
  const scan = (options: { readonly requests?: Requests["Service"]; readonly newestOf?: NewestOf }) =>
    makeKeyScan({
      nats,
      manager,
      requests,
      name,
      unavailable: (reason) => new StoreUnavailable({ bucket: name, reason }),
      newestOf: makeLeaderReads(requests, `KV_${name}`).last,
      ...options
    })
  const put = (key: string) => Effect.promise(() => js.publish(`$KV.${name}.${key}`, key))
  return { put, requests, scan }
})

layer(connected, { excludeTestServices: true })("A list of rows on a cluster", (it) => {
  it.effect("has every acknowledged write, though the replica that answers may be behind", () =>
    Effect.gen(function* () {
      const { put, requests, scan } = yield* openBucket("behind")
      yield* Effect.forEach(["room.1", "room.2", "guest.1"], put)
      for (const patterns of [["room.*"], ["*.1"], ["guest.1", "room.2"]]) {
        const fresh = yield* scan({}).list(patterns, 10)
        const retried = yield* scan({ requests: staleReplica(requests, 5, 1) }).list(patterns, 10)
        assert.deepStrictEqual(retried, fresh)
      }
      // What was written last tells that a replica is behind; it is no part of the answer.
      const rooms = yield* scan({}).list(["room.*"], 10)
      assert.deepStrictEqual(
        rooms.entries.map(({ key }) => key),
        ["room.1", "room.2"]
      )
      const never = yield* Effect.flip(scan({ requests: staleReplica(requests, Infinity, 2) }).list(["room.*"], 10))
      assert.strictEqual(never.reason, "the replica that answered is behind")
    })
  )

  it.effect("is empty if nothing matches, or the bucket is empty", () =>
    Effect.gen(function* () {
      const { put, scan } = yield* openBucket("empty")
      assert.deepStrictEqual(yield* scan({}).list(["room.*"], 10), { entries: [], more: false })
      yield* put("guest.1")
      assert.deepStrictEqual(yield* scan({}).list(["room.*"], 10), { entries: [], more: false })
    })
  )

  it.effect("waits for the newest row that the leader has, if the rows come through a consumer", () =>
    Effect.gen(function* () {
      const { put, scan } = yield* openBucket("long")
      const keys = Array.from({ length: 1_200 }, (_, n) => `room.${n}`)
      yield* Effect.forEach(keys, put, { concurrency: 100, discard: true })
      const aheadOfReplica: NewestOf = (subject) =>
        Effect.succeed(subject.endsWith(">") ? undefined : { subject, seq: keys.length + 1 })
      const list = yield* Effect.forkChild(scan({ newestOf: aheadOfReplica }).list(["room.*"], 5_000))
      yield* put("room.late")
      const { entries } = yield* Fiber.join(list)
      assert.strictEqual(entries.length, keys.length + 1)
    })
  )
})
