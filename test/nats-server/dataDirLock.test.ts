import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { temporaryFolder } from "#test/support/testServer.ts"
import {
  assertClaimRejected,
  canUnshare,
  childrenOf,
  waitUntilGone,
  hasFailed,
  startHolder,
  inContainer,
  isUp,
  isRunning
} from "./processGroups.ts"

const isOver = (message: Parameters<typeof isUp>[0]) => isUp(message) || hasFailed(message)

/** Another path of the same folder, in another mount namespace. */
const otherFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "mounted-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const guardOf = (app: number, server: number) => childrenOf(app).filter((pid) => pid !== server)

/** Each process takes a second or two to start, on a busy machine several. */
const timeoutMillis = 90_000

describe("a data folder", () => {
  it.live(
    "is never claimed by two of six processes that try repeatedly",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const racers = yield* Effect.forEach(Array.from({ length: 6 }), () => startHolder(["race", folder, "3000"]), {
          concurrency: "unbounded"
        })
        const ends = yield* Effect.forEach(racers, ({ ended }) => ended, { concurrency: "unbounded" })
        const messages = racers.flatMap((racer) => racer.messages)
        assert.deepStrictEqual(messages.filter(hasFailed), [])
        assert.deepStrictEqual(new Set(ends), new Set([0]))
        // High enough to show that the claims collided.
        const sum = (key: "times" | "refused") => messages.reduce((all, one) => all + (one[key] ?? 0), 0)
        assert.isAtLeast(sum("times"), 20)
        assert.isAtLeast(sum("refused"), 20)
      }).pipe(Effect.scoped),
    timeoutMillis
  )

  it.live(
    "is in use while its app is frozen, and free at once when that is killed",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const first = yield* startHolder(["claim", folder])
        yield* first.waitFor(isUp)
        yield* first.signal("SIGSTOP")
        const second = yield* startHolder(["claim", folder])
        assertClaimRejected(yield* second.waitFor(isOver), new RegExp(`Process ${first.pid} is just starting`, "u"))
        yield* first.signal("SIGKILL")
        yield* first.ended
        const third = yield* startHolder(["claim", folder])
        assert.isDefined((yield* third.waitFor(isOver)).up)
        assert.deepStrictEqual(
          third.messages.filter(({ report }) => report),
          []
        )
      }).pipe(Effect.scoped),
    timeoutMillis
  )

  it.live.skipIf(!canUnshare)(
    "is in use also for another pid and mount namespace, and free when its app there is killed",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const [one, two] = [yield* otherFolder, yield* otherFolder]
        const first = yield* startHolder(["server", one], inContainer(folder, one))
        assert.isDefined((yield* first.waitFor(isOver)).up)
        const same = yield* startHolder(["server", folder])
        assertClaimRejected(yield* same.waitFor(isOver), /is in use by an app in another container/u)
        const second = yield* startHolder(["server", two], inContainer(folder, two))
        assertClaimRejected(yield* second.waitFor(isOver), /is in use by an app in another container/u)
        yield* first.signal("SIGKILL")
        yield* first.ended
        const third = yield* startHolder(["server", two], inContainer(folder, two))
        assert.isDefined((yield* third.waitFor(isOver)).up, JSON.stringify(third.messages))
      }).pipe(Effect.scoped),
    timeoutMillis
  )

  it.live.skipIf(!canUnshare)(
    "is in use also under another path of the same machine",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const at = yield* otherFolder
        const first = yield* startHolder(["server", folder])
        const { up } = yield* first.waitFor(isOver)
        const second = yield* startHolder(["server", at], ["unshare", "--mount", ...inContainer(folder, at).slice(6)])
        assertClaimRejected(yield* second.waitFor(isOver), new RegExp(`process ${up}, already runs`, "u"))
      }).pipe(Effect.scoped),
    timeoutMillis
  )

  it.live(
    "is locked also if its path is very long",
    () =>
      Effect.gen(function* () {
        const folder = join(yield* temporaryFolder, "a".repeat(200), "b".repeat(200))
        mkdirSync(folder, { recursive: true })
        const first = yield* startHolder(["claim", folder])
        assert.isDefined((yield* first.waitFor(isOver)).up)
        const second = yield* startHolder(["claim", folder])
        assertClaimRejected(yield* second.waitFor(isOver), /is just starting/u)
      }).pipe(Effect.scoped),
    timeoutMillis
  )

  it.live(
    "is not locked by the files of an earlier run",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        for (const text of ["", "nonsense", "0\n1\n", `${process.pid}\n${process.pid}\n`]) {
          writeFileSync(join(folder, "nats-server.pid"), text)
          const app = yield* startHolder(["claim", folder])
          assert.isDefined((yield* app.waitFor(isOver)).up, text)
          yield* app.signal("SIGTERM")
          yield* app.ended
        }
      }).pipe(Effect.scoped),
    timeoutMillis
  )
})

describe("the nats-server of an app that is killed", () => {
  it.live(
    "ends with it, and the next start has nothing to do",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const first = yield* startHolder(["server", folder])
        const { up } = yield* first.waitFor(isOver)
        yield* first.signal("SIGKILL")
        yield* waitUntilGone(up!)
        const again = yield* startHolder(["server", folder])
        assert.isDefined((yield* again.waitFor(isOver)).up)
        assert.deepStrictEqual(
          again.messages.filter(({ report }) => report),
          []
        )
      }).pipe(Effect.scoped),
    timeoutMillis
  )

  it.live(
    "is ended by the next start if its guard was killed as well, which is reported in one line",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const first = yield* startHolder(["server", folder])
        const { up } = yield* first.waitFor(isOver)
        const guards = guardOf(first.pid, up!)
        assert.lengthOf(guards, 1)
        process.kill(guards[0]!, "SIGKILL")
        yield* first.signal("SIGKILL")
        yield* first.ended
        assert.isTrue(isRunning(up!))
        const again = yield* startHolder(["server", folder])
        assert.isDefined((yield* again.waitFor(isOver)).up)
        assert.isFalse(isRunning(up!))
        assert.deepStrictEqual(
          again.messages.flatMap(({ report }) => report ?? []),
          [`ended nats-server ${up}, left over on ${folder} from an app that was killed`]
        )
      }).pipe(Effect.scoped),
    timeoutMillis
  )

  it.live.skipIf(!canUnshare)(
    "keeps the folder in use also if it is not visible, in another container",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const at = yield* otherFolder
        const first = yield* startHolder(
          ["server", at],
          [
            ...inContainer(folder, at).slice(0, 7),
            "-c",
            `mount --bind "${folder}" "${at}"; "$@" & wait; sleep 60`,
            "sh"
          ]
        )
        yield* first.waitFor(isOver)
        const [shell] = childrenOf(first.pid)
        const [app] = childrenOf(shell!)
        const children = childrenOf(app!)
        assert.lengthOf(children, 2)
        const server = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("nats.conf"))!
        for (const pid of [...children.filter((pid) => pid !== server), app!]) process.kill(pid, "SIGKILL")
        const second = yield* startHolder(["server", folder])
        const rejection = yield* second.waitFor(isOver)
        assertClaimRejected(rejection, /by a nats-server whose app was killed, in another container/u)
        process.kill(server, "SIGKILL")
        const third = yield* startHolder(["server", folder])
        assert.isDefined((yield* third.waitFor(isOver)).up)
      }).pipe(Effect.scoped),
    timeoutMillis
  )

  it.live(
    "does not count as running while it is a zombie",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        // Its parent never reaps it.
        const first = yield* startHolder(
          ["server", folder],
          ["sh", "-c", `"$@" & echo "{\\"app\\":$!}"; while :; do sleep 1; done`, "sh"]
        )
        const { up } = yield* first.waitFor(isUp)
        const [app] = childrenOf(first.pid)
        process.kill(app!, "SIGKILL")
        yield* waitUntilGone(app!)
        yield* waitUntilGone(up!)
        const second = yield* startHolder(["server", folder])
        const message = yield* second.waitFor(isOver)
        assert.isDefined(message.up, message.failed)
      }).pipe(Effect.scoped),
    timeoutMillis
  )
})

describe("a folder that cannot be locked", () => {
  it.live.skipIf(process.getuid?.() !== 0 || !canUnshare)(
    "is reported if it is read-only",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const readOnly = ["unshare", "--mount", "sh", "-c", `mount -t tmpfs -o ro tmpfs "${folder}" && exec "$@"`, "sh"]
        const app = yield* startHolder(["server", folder], readOnly)
        const message = yield* app.waitFor(isOver)
        assert.match(message.failed ?? "", /its file system is read-only/u)
      }).pipe(Effect.scoped),
    timeoutMillis
  )

  it.live.skipIf(process.getuid?.() === 0)(
    "is reported if this user may not write there",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        chmodSync(folder, 0o500)
        const app = yield* startHolder(["server", folder])
        const message = yield* app.waitFor(isOver)
        assert.match(message.failed ?? "", /this user may not write there/u)
      }).pipe(Effect.scoped),
    timeoutMillis
  )
})
