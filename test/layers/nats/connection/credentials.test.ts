import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { Effect, Redacted } from "effect"
import { openConnection } from "#layers/nats/connection/Nats.ts"
import { toAuthOptions, parseServers } from "#layers/nats/connection/serverAddress.ts"
import * as EmbeddedServer from "#nats-server/EmbeddedServer.ts"
import * as ViewerGate from "#nats-server/viewer/ViewerGate.ts"
import { serverBinary, temporaryFolder, testServer } from "#test/support/testServer.ts"

const parsed = (text: string) => {
  const { credentials, servers } = parseServers(text)
  return [servers, credentials?.user, credentials && Redacted.value(credentials.password)]
}

const isWriter = (nats: Effect.Success<ReturnType<typeof openConnection>>) =>
  Effect.promise(() =>
    jetstreamManager(nats).then(
      (manager) => manager.streams.add({ name: "written", subjects: ["written"] }).then(() => true),
      () => false
    )
  )

describe("addresses of servers", () => {
  it("may contain credentials, which are removed", () => {
    assert.deepStrictEqual(parsed("nats://a:1"), ["nats://a:1", undefined, undefined])
    assert.deepStrictEqual(parsed(" nats://a:1 , b:2"), ["nats://a:1,b:2", undefined, undefined])
    assert.deepStrictEqual(parsed("nats://u:p@a:1,nats://u:p@b:2"), ["nats://a:1,nats://b:2", "u", "p"])
    assert.deepStrictEqual(parsed("tls://u%40x:p%3A%2F@a:1"), ["tls://a:1", "u@x", "p:/"])
    assert.deepStrictEqual(parsed("u:p:q@a"), ["a", "u", "p:q"])
    assert.deepStrictEqual(parsed("nats://100%:%zz@a"), ["nats://a", "100%", "%zz"])
    assert.deepStrictEqual(parsed("nats://token@a:1"), ["nats://a:1", "", "token"])
    assert.deepStrictEqual(toAuthOptions(parseServers("nats://token@a:1").credentials), { token: "token" })
  })
})

describe("an app's own server", () => {
  it.live("accepts a user and password in the address, and no message repeats them", () =>
    Effect.gen(function* () {
      const server = yield* testServer({ restrictAnonymous: true })
      const password = Redacted.value(server.credentials!.password)
      const url = (secret: string) => parseServers(`nats://app:${secret}@127.0.0.1:${server.port}`)
      assert.isTrue(yield* isWriter(yield* openConnection(url(password))))
      const error = yield* Effect.flip(openConnection(url("wrong-secret")))
      assert.include(error.message, `NATS at nats://127.0.0.1:${server.port} cannot be used`)
      assert.include(error.message, "NATS_URL=nats://<user>:<password>@<host>:<port>")
      assert.notInclude(error.message, "wrong-secret")
    }).pipe(Effect.scoped)
  )

  it.live("names its credentials file to other processes, and a process that cannot read it gets an error", () =>
    Effect.gen(function* () {
      const server = yield* testServer({ restrictAnonymous: true })
      yield* ViewerGate.open(server.dataDir, { servers: server.url, credentials: server.credentials })
      const file = join(server.dataDir, "nats-context.json")
      assert.strictEqual(statSync(file).mode & 0o777, 0o600)
      assert.isTrue(yield* isWriter(yield* openConnection(parseServers(server.url))))
      rmSync(file)
      const error = yield* Effect.flip(openConnection(parseServers(server.url)))
      assert.include(error.message, "without its credentials a client has read access only")
    }).pipe(Effect.scoped)
  )

  it.live("has new credentials at each start, and leaves none behind", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const binary = yield* serverBinary
      const startOnce = Effect.scoped(
        Effect.map(EmbeddedServer.start({ binary, dataDir, restrictAnonymous: true }), ({ credentials }) =>
          Redacted.value(credentials!.password)
        )
      )
      const file = join(dataDir, "nats-context.json")
      writeFileSync(file, "of another owner", { mode: 0o666 })
      assert.notStrictEqual(yield* startOnce, yield* startOnce)
      assert.throws(() => statSync(file))
    }).pipe(Effect.scoped)
  )

  it.live("has the streams that an older version stored without credentials, and does not start on two stores", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const binary = yield* serverBinary
      yield* Effect.gen(function* () {
        const { url } = yield* EmbeddedServer.start({ binary, dataDir })
        yield* Effect.promise(async () => {
          const nats = await connect({ servers: url })
          await (await jetstreamManager(nats)).streams.add({ name: "kept", subjects: ["kept"] })
          await jetstream(nats).publish("kept", "still here")
          await nats.close()
        })
      }).pipe(Effect.scoped)
      yield* Effect.gen(function* () {
        const { credentials, url } = yield* EmbeddedServer.start({ binary, dataDir, restrictAnonymous: true })
        const nats = yield* openConnection({ servers: url, credentials })
        const message = yield* Effect.promise(() =>
          jetstreamManager(nats).then((manager) => manager.streams.getMessage("kept", { seq: 1 }))
        )
        assert.strictEqual(message?.string(), "still here")
      }).pipe(Effect.scoped)
      mkdirSync(join(dataDir, "jetstream", "$G", "streams", "other"), { recursive: true })
      const error = yield* Effect.flip(
        Effect.scoped(EmbeddedServer.start({ binary, dataDir, restrictAnonymous: true }))
      )
      assert.include(error.message, "an older version of the app ran on this folder after a newer one")
    }).pipe(Effect.scoped)
  )
})
