import { type ChildProcess, spawn } from "node:child_process"
import { chmodSync, existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { assert, describe, it } from "@effect/vitest"
import { connect } from "@nats-io/transport-node"
import { Duration, Effect } from "effect"
import { startApp } from "#test/support/startApp.ts"
import { temporaryFolder } from "#test/support/testServer.ts"
import { mountSmallDisk, canMountSmallDisks } from "../../chaos/smallDisk.ts"

/** Each start takes some seconds on a busy machine. */
const timeoutMillis = 120_000

interface Started {
  readonly pid: number
  readonly output: () => string
  /** Resolves once its output matches, or with `null` once it has ended. */
  readonly says: (pattern: RegExp) => Effect.Effect<RegExpExecArray | null>
  readonly ended: Effect.Effect<number | null>
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null

/** Starts the app without waiting until it is ready; it is killed with the scope. */
const started = Effect.fnUntraced(function* (settings: Readonly<Record<string, string>>) {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, ["scripts/node.cjs", "src/main.ts"], {
        env: { ...process.env, PORT: "0", ...settings },
        stdio: ["ignore", "pipe", "pipe"]
      })
    ),
    (child) => Effect.sync(() => void child.kill("SIGKILL"))
  )
  let text = ""
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      text += `${line}\n`
      listeners.forEach((listener) => listener())
    })
  }
  const until = <A>(find: () => A | undefined) =>
    Effect.callback<A>((resume) => {
      const check = () => {
        const found = find()
        if (found === undefined) return
        listeners.delete(check)
        resume(Effect.succeed(found))
      }
      listeners.add(check)
      child.once("close", check)
      check()
    })
  return {
    pid: child.pid!,
    output: () => text,
    says: (pattern) => until(() => pattern.exec(text) ?? (hasEnded(child) ? null : undefined)),
    ended: until(() => (hasEnded(child) ? { code: child.exitCode } : undefined)).pipe(Effect.map(({ code }) => code))
  } satisfies Started
})

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
  const app = yield* started({ DATA_DIR: dataDir })
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
        const app = yield* started({ DATA_DIR, NATS_SERVER: yield* neverReady })
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
        const app = yield* started({ DATA_DIR })
        assert.isNotNull(yield* app.says(/! .* was last used by an app on another-host/u), app.output())
        process.kill(app.pid, "SIGTERM")
        const { millis } = yield* inMillis(app.ended)
        assert.isBelow(millis, 2_000)
      }).pipe(Effect.scoped),
    timeoutMillis
  )
})

describe("an app that is killed", () => {
  it.live(
    "starts again without an error, and adds the rest of its first rooms",
    () =>
      Effect.gen(function* () {
        const DATA_DIR = yield* temporaryFolder
        const ROOMS = "1-3000"
        const first = yield* started({ DATA_DIR, ROOMS })
        const [, port = ""] = (yield* first.says(/nats-server \S+ on port (\d+)/u)) ?? []
        yield* Effect.promise(async () => {
          const viewer = await connect({ servers: `127.0.0.1:${port}`, reconnect: false })
          const added = async () => {
            const answer = await viewer.request("$JS.API.STREAM.INFO.hotel")
            return answer.json<{ readonly state?: { readonly messages: number } }>().state?.messages ?? 0
          }
          while ((await added()) < 50);
          process.kill(first.pid, "SIGKILL")
          await viewer.close()
        })
        yield* first.ended
        assert.notInclude(first.output(), "rooms to begin with")
        const again = yield* startApp({ DATA_DIR, ROOMS })
        assert.include(again.output(), "3000 rooms to begin with")
        assert.notInclude(again.output(), "✗")
        const rooms = () =>
          Effect.promise(async () => {
            const nats = await connect(again.operator)
            const answer = await nats.request("$JS.API.STREAM.INFO.hotel")
            await nats.close()
            return answer.json<{ readonly state: { readonly messages: number } }>().state.messages
          })
        assert.strictEqual(yield* rooms(), 3000)
        assert.isFalse(existsSync(join(DATA_DIR, "rooms-to-begin-with.json")))
        yield* again.end("SIGTERM")
        const third = yield* startApp({ DATA_DIR, ROOMS: "1-3001" })
        assert.notInclude(third.output(), "rooms to begin with")
      }).pipe(Effect.scoped),
    timeoutMillis
  )

  it.live(
    "does not add rooms to another log",
    () =>
      Effect.gen(function* () {
        const DATA_DIR = yield* temporaryFolder
        const app = yield* startApp({ DATA_DIR, ROOMS: "1" })
        yield* app.end("SIGTERM")
        writeFileSync(join(DATA_DIR, "rooms-to-begin-with.json"), JSON.stringify({ log: "another", rooms: [1, 2, 3] }))
        const again = yield* startApp({ DATA_DIR, ROOMS: "1" })
        assert.notInclude(again.output(), "rooms to begin with")
        assert.include(readFileSync(join(DATA_DIR, "nats-server.pid"), "utf8"), "\n")
      }).pipe(Effect.scoped),
    timeoutMillis
  )
})
