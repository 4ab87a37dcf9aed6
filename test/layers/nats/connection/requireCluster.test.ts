import { assert, describe, it } from "@effect/vitest"
import { jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { Effect, Layer } from "effect"
import { restore } from "#layers/nats/backup/restoreBackup.ts"
import * as Nats from "#layers/nats/connection/Nats.ts"
import * as NatsServices from "#layers/nats/natsServices.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { testServer } from "#test/support/testServer.ts"

describe("More than one replica on a single server", () => {
  it.live("fails with an explanation, before anything is changed", () =>
    Effect.gen(function* () {
      const { port, url } = yield* testServer({ syncInterval: "2m" })
      const expected =
        `NATS_REPLICAS is 3, but the nats-server at 127.0.0.1:${port} is not part of a cluster and can keep one replica only. ` +
        "Name a cluster of 3 nodes or more in NATS_URL (deploy/compose.yaml starts one of three), or leave NATS_REPLICAS out."
      const start = Layer.build(NatsServices.layer(library, { servers: url, replicas: 3 })).pipe(Effect.scoped)
      assert.strictEqual((yield* Effect.flip(start)).message, expected)
      const restored = restore(library, "no such file", 3, () => Effect.void).pipe(Effect.provide(Nats.layer(url)))
      assert.strictEqual((yield* Effect.flip(restored)).message, expected)
      const streams = yield* Effect.promise(async () => {
        const nats = await connect({ servers: url })
        const page = await (await jetstreamManager(nats)).streams.list().next()
        await nats.close()
        return page
      })
      assert.deepStrictEqual(streams, [])
    }).pipe(Effect.scoped)
  )
})
