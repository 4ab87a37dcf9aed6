import { chmodSync, existsSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { startApp } from "#test/support/startApp.ts"
import { startedApp } from "#test/support/startedApp.ts"
import { temporaryFolder } from "#test/support/testServer.ts"
import { mountSmallDisk, canMountSmallDisks } from "../../chaos/smallDisk.ts"

/** Each start takes some seconds on a busy machine. */
const timeoutMillis = 120_000

const inMillis = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.timed(effect), ([spent, value]) => ({ value, millis: Duration.toMillis(spent) }))

/** A server with a valid version that never becomes ready, and ignores SIGTERM. */
const neverReady = Effect.map(temporaryFolder, (folder) => {
  const binary = join(folder, "nats-server")
  const script = `#!/bin/sh
case "$1" in -v|--version) echo "nats-server: v2.15.1"; exit 0;; -c) ;; *) exit 0;; esac
trap '' TERM
while :; do sleep 1; done
`
  writeFileSync(binary, script)
  chmodSync(binary, 0o755)
  return binary
})

const endsWith = Effect.fnUntraced(function* (dataDir: string, reason: RegExp) {
  const app = yield* startedApp({ DATA_DIR: dataDir })
  const code = yield* app.ended
  assert.strictEqual(code, 1, app.output())
  assert.match(app.output(), reason)
  assert.match(app.output(), /✗ The data folder .*set DATA_DIR to another folder\.$/mu)
})

describe("a start on a folder that cannot be used", () => {
  const linux = process.platform === "linux"
  const ways: ReadonlyArray<readonly [what: string, path: (folder: string) => string, reason: RegExp]> = [
    ["in a file", (folder) => join(folder, "file", "data"), /a part of its path is a file/u],
    ["that is a file", (folder) => join(folder, "file"), /there is a file of that name/u],
    ["with too long a name", (folder) => join(folder, "n".repeat(300)), /its path is too long/u],
    ["in a circle of links", (folder) => join(folder, "circle", "data"), /symbolic links that lead in a circle/u],
    ...(linux
      ? ([
          ["in /proc", () => "/proc/x", /no folder can be made there/u],
          ["deep in /proc", () => "/proc/x/y/z", /no folder can be made there/u],
          ["in a device", () => "/dev/null/x", /a part of its path is a file/u]
        ] as const)
      : [])
  ]
  for (const [what, path, reason] of ways) {
    it.live(
      `${what} reports that and ends`,
      () =>
        Effect.gen(function* () {
          const folder = yield* temporaryFolder
          writeFileSync(join(folder, "file"), "")
          symlinkSync(join(folder, "circle"), join(folder, "circle"))
          yield* endsWith(path(folder), reason)
        }).pipe(Effect.scoped),
      timeoutMillis
    )
  }

  it.live.skipIf(!canMountSmallDisks())(
    "on a full disk reports that and ends, in an empty folder and in one with a hotel",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        assert.isTrue(yield* mountSmallDisk(folder, 16))
        const before = yield* startApp({ DATA_DIR: join(folder, "old"), ROOMS: "1" })
        yield* before.end("SIGTERM")
        const filler = join(folder, "filler")
        try {
          writeFileSync(filler, Buffer.alloc(32 * 1024 * 1024))
        } catch {
          // The disk is full, as intended.
        }
        yield* endsWith(join(folder, "new"), /the disk is full: make room/u)
        yield* endsWith(join(folder, "old"), /the disk is full: make room/u)
      }).pipe(Effect.scoped),
    timeoutMillis
  )
})

describe("a start that takes long", () => {
  it.live(
    "prints what it waits for, and ends soon after SIGTERM although its server ignores the signal",
    () =>
      Effect.gen(function* () {
        const DATA_DIR = yield* temporaryFolder
        const app = yield* startedApp({ DATA_DIR, NATS_SERVER: yield* neverReady })
        assert.isNotNull(yield* app.says(/\d s {2}waiting for nats-server to be ready on /u), app.output())
        process.kill(app.pid, "SIGTERM")
        const { millis } = yield* inMillis(app.ended)
        assert.isBelow(millis, 2_500)
        assert.isFalse(existsSync(join(DATA_DIR, "nats-server.pid")))
      }).pipe(Effect.scoped),
    timeoutMillis
  )

  it.live(
    "prints whose lease it waits for, and ends soon after SIGTERM",
    () =>
      Effect.gen(function* () {
        const DATA_DIR = yield* temporaryFolder
        const lease = { token: "t", host: "another-host", kernel: "k", renewals: 7 }
        writeFileSync(join(DATA_DIR, "nats-server.lease"), JSON.stringify(lease))
        const app = yield* startedApp({ DATA_DIR })
        assert.isNotNull(yield* app.says(/! .* was last used by an app on another-host/u), app.output())
        process.kill(app.pid, "SIGTERM")
        const { millis } = yield* inMillis(app.ended)
        assert.isBelow(millis, 2_000)
      }).pipe(Effect.scoped),
    timeoutMillis
  )
})
