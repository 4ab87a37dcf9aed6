import { execFileSync } from "node:child_process"
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { jetstream, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { Effect } from "effect"
import * as EmbeddedServer from "#nats-server/EmbeddedServer.ts"
import { serverBinary, temporaryFolder, testServer } from "#test/support/testServer.ts"
import { mountSmallDisk, canMountSmallDisks } from "../../chaos/smallDisk.ts"

const connected = (url: string) =>
  Effect.acquireRelease(
    Effect.promise(() => connect({ servers: url, reconnect: false })),
    (connection) => Effect.promise(() => connection.close())
  )

const started = (dataDir: string, options: Partial<EmbeddedServer.Options> = {}) =>
  Effect.flatMap(serverBinary, (binary) => EmbeddedServer.start({ binary, dataDir, ...options }))

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const fakeBinary = (folder: string, text: string) => {
  const binary = join(folder, "nats-server")
  writeFileSync(binary, text)
  chmodSync(binary, 0o755)
  return binary
}

const occupiedPort = Effect.acquireRelease(
  Effect.callback<{ port: number; close: () => void }>((resume) => {
    const server = createServer()
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      resume(Effect.succeed({ port, close: () => server.close() }))
    })
  }),
  (occupied) => Effect.sync(occupied.close)
)

describe("the embedded server", () => {
  it.live("answers clients as soon as it is started, and reports its port, version and pid", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      const connection = yield* connected(server.url)
      assert.strictEqual(connection.info?.version, server.version)
      assert.strictEqual(connection.info?.port, server.port)
      assert.strictEqual(connection.info?.host, "127.0.0.1")
      const { limits } = yield* Effect.promise(() => jetstreamManager(connection).then((jsm) => jsm.getAccountInfo()))
      assert.strictEqual(limits.max_streams, -1)
    }).pipe(Effect.scoped)
  )

  it.live("forces every write to disk by default", () =>
    Effect.gen(function* () {
      const [safe, fast] = [yield* temporaryFolder, yield* temporaryFolder]
      yield* started(safe)
      yield* started(fast, { syncInterval: "1m", extraConfig: "max_connections: 7" })
      assert.include(readFileSync(join(safe, "nats.conf"), "utf8"), "sync_interval: always")
      assert.include(readFileSync(join(fast, "nats.conf"), "utf8"), "sync_interval: 1m")
      assert.include(readFileSync(join(fast, "nats.conf"), "utf8"), "max_connections: 7")
      assert.isTrue(existsSync(join(safe, "jetstream")))
    }).pipe(Effect.scoped)
  )

  it.live("ends with its scope, and leaves no pid file", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const { pid } = yield* Effect.scoped(
        Effect.tap(started(dataDir), ({ pid }) => Effect.sync(() => assert.isTrue(isAlive(pid))))
      )
      assert.isFalse(isAlive(pid))
      assert.isFalse(existsSync(join(dataDir, "nats-server.pid")))
      assert.include(readFileSync(join(dataDir, "nats-server.log"), "utf8"), "Server Exiting")
    }).pipe(Effect.scoped)
  )

  it.live("ends with its scope even if it ignores SIGTERM", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const binary = fakeBinary(
        folder,
        `#!/bin/sh
trap '' TERM
echo 'Listening for client connections on 127.0.0.1:1'
echo 'Server is ready'
while :; do read -r line < /dev/zero; done
`
      )
      const begun = Date.now()
      const { pid } = yield* Effect.scoped(started(join(folder, "data"), { binary }))
      assert.isFalse(isAlive(pid))
      assert.isAtLeast(Date.now() - begun, 1400)
    }).pipe(Effect.scoped)
  )

  it.live.skipIf(process.platform === "win32")("is not reached by the terminal's Ctrl-C", () =>
    Effect.gen(function* () {
      const { pid } = yield* testServer()
      const group = execFileSync("ps", ["-o", "pgid=", "-p", `${pid}`], { encoding: "utf8" })
      assert.strictEqual(Number(group), pid)
    }).pipe(Effect.scoped)
  )

  it.live("keeps its data over a restart", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      yield* Effect.gen(function* () {
        const connection = yield* connected((yield* started(dataDir)).url)
        yield* Effect.promise(async () => {
          const jsm = await jetstreamManager(connection)
          await jsm.streams.add({ name: "kept", subjects: ["kept.>"] })
          await jetstream(connection).publish("kept.one", "still here")
        })
      }).pipe(Effect.scoped)

      const connection = yield* connected((yield* started(dataDir)).url)
      const message = yield* Effect.promise(() =>
        jetstreamManager(connection).then((jsm) => jsm.streams.getMessage("kept", { seq: 1 }))
      )
      assert.strictEqual(message?.string(), "still here")
    }).pipe(Effect.scoped)
  )

  it.live("rejects a second server on the same data, and names the pid of the first", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const first = yield* started(dataDir)
      const error = yield* Effect.flip(Effect.scoped(started(dataDir)))
      assert.instanceOf(error, EmbeddedServer.DataDirInUse)
      assert.strictEqual(error.pid, first.pid)
      assert.include(error.message, `process ${first.pid}`)
      assert.include(error.message, `started by process ${process.pid}, which still runs`)
      assert.include(error.message, "DATA_DIR")
      yield* connected(first.url)
      assert.isTrue(existsSync(join(dataDir, "nats-server.pid")))
    }).pipe(Effect.scoped)
  )

  it.live("overwrites the pid file of a dead server, also if its pid was reused", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const dead = yield* deadPid
      for (const text of [`${dead}\n${dead}\n`, `${process.pid}\n${dead}\n`, `0\n${dead}\n`, "", "nonsense"]) {
        writeFileSync(join(dataDir, "nats-server.pid"), text)
        const server = yield* Effect.scoped(started(dataDir))
        assert.isAbove(server.port, 0)
      }
    }).pipe(Effect.scoped)
  )

  it.live("uses the preferred port if it is free, else another", () =>
    Effect.gen(function* () {
      const occupied = yield* occupiedPort
      const other = yield* testServer({ ports: [occupied.port, 0] })
      assert.notStrictEqual(other.port, occupied.port)
      yield* connected(other.url)
      yield* Effect.sync(occupied.close)
      const wanted = yield* testServer({ ports: [occupied.port, 0] })
      assert.strictEqual(wanted.port, occupied.port)
    }).pipe(Effect.scoped)
  )

  it.live("uses another port if the preferred one is lost between the check and the start", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const real = yield* serverBinary
      const occupied = yield* occupiedPort
      // A server that finds the port occupied, unless it may choose one.
      const binary = fakeBinary(
        folder,
        `#!/bin/sh
if grep -q 'listen: "127.0.0.1:-1"' "$2"; then exec "${real}" "$@"; fi
exec "${real}" -a 127.0.0.1 -p ${occupied.port}
`
      )
      const free = yield* Effect.scoped(Effect.map(testServer(), ({ port }) => port))
      const server = yield* started(join(folder, "data"), { binary, ports: [free, 0] })
      yield* connected(server.url)
    }).pipe(Effect.scoped)
  )

  it.live("reports that it was killed", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      process.kill(server.pid, "SIGKILL")
      const error = yield* Effect.flip(server.exited)
      assert.instanceOf(error, EmbeddedServer.ServerDied)
      assert.strictEqual(error.pid, server.pid)
      assert.include(error.message, "SIGKILL")
    }).pipe(Effect.scoped)
  )

  describe.skipIf(!canMountSmallDisks())(
    "reports that its disk is full, and continues with its messages once there is room",
    () => {
      const message = Buffer.alloc(64 * 1024)
      const ways: Readonly<Record<string, (manager: JetStreamManager, filler: string) => Promise<unknown>>> = {
        "a log that grows": async (manager) => {
          while (true) await manager.jetstream().publish("log", message)
        },
        "a stream that copies the log, as a lane does": (manager, filler) => {
          writeFileSync(filler, Buffer.alloc(14 * 1024 * 1024))
          return manager.streams.add({ name: "copy", sources: [{ name: "log" }] })
        }
      }
      for (const [who, fill] of Object.entries(ways)) {
        it.live(who, () =>
          Effect.gen(function* () {
            const dataDir = yield* temporaryFolder
            assert.isTrue(yield* mountSmallDisk(dataDir, 24))
            const filler = join(dataDir, "filler")
            writeFileSync(filler, Buffer.alloc(2 * 1024 * 1024))
            const managed = Effect.gen(function* () {
              const server = yield* started(dataDir)
              const connection = yield* connected(server.url)
              return { server, manager: yield* Effect.promise(() => jetstreamManager(connection)) }
            })
            const full = Effect.gen(function* () {
              const { manager, server } = yield* managed
              yield* Effect.promise(async () => {
                await manager.streams.add({ name: "log", subjects: ["log"] })
                for (let n = 0; n < 100; n++) await manager.jetstream().publish("log", message)
              })
              yield* Effect.forkScoped(Effect.ignore(Effect.tryPromise(() => fill(manager, filler))))
              return yield* Effect.flip(server.exited)
            })
            const error = yield* Effect.scoped(full)
            assert.strictEqual(error._tag, "DiskFull")
            assert.match(error.message, /is full.+Make room, and start the app again/u)
            rmSync(filler)
            const { manager } = yield* managed
            const { state } = yield* Effect.promise(() => manager.streams.info("log"))
            const { seq } = yield* Effect.promise(() => manager.jetstream().publish("log", message))
            assert.isAtLeast(state.last_seq, 100)
            assert.strictEqual(seq, state.last_seq + 1)
          }).pipe(Effect.scoped)
        )
      }
    }
  )

  it.live("shows the last lines of a server that ends while starting", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.scoped(testServer({ extraConfig: "jetstream { no_such_setting: 1 }" })))
      assert.instanceOf(error, EmbeddedServer.EmbeddedServerFailed)
      assert.include(error.message, "exit code 1")
      assert.include(error.message, "no_such_setting")
    })
  )

  it.live("reports a binary that cannot be run", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      for (const binary of [fakeBinary(folder, "\u0000garbage"), join(folder, "none")]) {
        const error = yield* Effect.flip(Effect.scoped(started(join(folder, "data"), { binary })))
        assert.include(error.message, binary)
        assert.match(error.message, /cannot be run|exit code/)
      }
      assert.isFalse(existsSync(join(folder, "data", "nats-server.pid")))
    }).pipe(Effect.scoped)
  )

  it.live("reports a data folder that cannot be used", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      writeFileSync(join(folder, "file"), "")
      const inFile = yield* Effect.flip(Effect.scoped(started(join(folder, "file", "data"))))
      assert.include(inFile.message, "the folder cannot be used")
      for (const name of ["nats.conf", "nats-server.pid"]) {
        mkdirSync(join(folder, `no ${name}`, name), { recursive: true })
        const blocked = yield* Effect.flip(Effect.scoped(started(join(folder, `no ${name}`))))
        assert.include(blocked.message, "the folder cannot be used")
      }
    }).pipe(Effect.scoped)
  )
})

const deadPid = Effect.sync(() => {
  const pid = Number(execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }))
  assert.isFalse(isAlive(pid))
  return pid
})
