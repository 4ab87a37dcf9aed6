import { execFile } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { storeOf } from "#test/support/damagedLog.ts"
import { type App, startApp } from "#test/support/startApp.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

/** Runs `npm run log` as a process. */
const log = (DATA_DIR: string, ...args: ReadonlyArray<string>) =>
  Effect.callback<{ readonly code: number; readonly output: string }>((resume) => {
    const env = { ...process.env, DATA_DIR }
    const child = execFile("npm", ["run", "--silent", "log", "--", ...args], { env }, (_, stdout, stderr) => {
      resume(Effect.succeed({ code: child.exitCode ?? -1, output: stdout + stderr }))
    })
  })

const book = (app: App) =>
  Effect.promise(async () => {
    const headers = { "content-type": "application/json" }
    const body = JSON.stringify({ data: { room: { id: 1 }, client: { id: 1 }, date: "2022-12-12" } })
    return (await fetch(`${app.url}/mutation/book-room`, { method: "PUT", headers, body })).status
  })

const failedStart = (DATA_DIR: string) => Effect.flip(Effect.scoped(startApp({ DATA_DIR })))

/** Cuts the newest block of the log. Without the index the server has no record of the lost messages. */
const loseTheEnd = (DATA_DIR: string) => {
  storeOf(DATA_DIR, "hotel").withoutIndex()
  storeOf(DATA_DIR, "hotel").cut(-1)
}

describe("A hotel whose log lost its newest events", () => {
  it.live(
    "does not start, reports why, and has its bookings again after npm run log -- rebuild",
    () =>
      Effect.gen(function* () {
        const DATA_DIR = yield* temporaryFolder
        yield* Effect.gen(function* () {
          const app = yield* startApp({ DATA_DIR })
          assert.strictEqual(yield* book(app), 201)
          assert.include((yield* log(DATA_DIR, "check")).output, "already runs on")
          yield* app.end("SIGTERM")
        }).pipe(Effect.scoped)
        const whole = yield* log(DATA_DIR, "check")
        assert.strictEqual(whole.code, 0, whole.output)
        assert.include(whole.output, "the log is whole")
        loseTheEnd(DATA_DIR)

        const failure = yield* failedStart(DATA_DIR)
        assert.strictEqual(failure._tag === "NotStarted" && failure.code, 1)
        assert.match(
          String(failure._tag === "NotStarted" && failure.output),
          /The log hotel is damaged.*\n.*it ends at/u
        )
        const checked = yield* log(DATA_DIR, "check")
        assert.strictEqual(checked.code, 1)
        assert.match(checked.output, /audit has copies of \d+ events of these/u)
        const tried = yield* log(DATA_DIR, "rebuild")
        assert.deepStrictEqual([tried.code, tried.output.includes("Nothing was changed")], [0, true])
        yield* failedStart(DATA_DIR)
        const done = yield* log(DATA_DIR, "rebuild", "--yes")
        assert.strictEqual(done.code, 0, done.output)
        assert.include(done.output, "The log is whole; start the app.")
        const again = yield* startApp({ DATA_DIR })
        assert.strictEqual(yield* book(again), 409)
      }).pipe(Effect.scoped),
    120_000
  )

  it.live(
    "continues without the lost events after npm run log -- accept",
    () =>
      Effect.gen(function* () {
        const DATA_DIR = yield* temporaryFolder
        yield* Effect.gen(function* () {
          const app = yield* startApp({ DATA_DIR })
          assert.strictEqual(yield* book(app), 201)
          yield* app.end("SIGTERM")
        }).pipe(Effect.scoped)
        loseTheEnd(DATA_DIR)
        const tried = yield* log(DATA_DIR, "accept")
        assert.match(tried.output, /accept ends the log at position \d+: \d+ events after it are given up/u)
        const done = yield* log(DATA_DIR, "accept", "--yes")
        assert.strictEqual(done.code, 0, done.output)
        const again = yield* startApp({ DATA_DIR })
        assert.strictEqual(yield* book(again), 201)
      }).pipe(Effect.scoped),
    120_000
  )

  it.live(
    "prints its usage for an unknown command",
    () =>
      Effect.gen(function* () {
        const bad = yield* log(yield* temporaryFolder, "mend")
        assert.deepStrictEqual([bad.code, bad.output.includes("check | rebuild [--yes] | accept [--yes]")], [1, true])
      }).pipe(Effect.scoped),
    120_000
  )
})
