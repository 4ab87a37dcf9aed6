import { execFile } from "node:child_process"
import { readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type App, startApp } from "#test/support/startApp.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

interface Ran {
  readonly code: number
  readonly output: string
}

/** Runs `npm run backup` or `npm run restore` as a process. */
const run = (tool: "backup" | "restore", file: ReadonlyArray<string>, settings: Readonly<Record<string, string>>) =>
  Effect.callback<Ran>((resume) => {
    const env = { ...process.env, ...settings }
    const child = execFile("npm", ["run", "--silent", tool, "--", ...file], { env }, (_, stdout, stderr) => {
      resume(Effect.succeed({ code: child.exitCode ?? -1, output: stdout + stderr }))
    })
  })

const put = (app: App, path: string, data: object) =>
  Effect.promise(async () => {
    const headers = { "content-type": "application/json", "idempotency-key": path.slice(10) }
    const answer = await fetch(`${app.url}${path}`, { method: "PUT", headers, body: JSON.stringify({ data }) })
    assert.include([200, 201], answer.status)
    return (await answer.json()) as { readonly seq: number; readonly duplicate: boolean }
  })

const night = (app: App, after = 0) =>
  Effect.promise(async () => (await fetch(`${app.url}/rooms/1/nights/2022-12-12?after=${after}`)).json())

const booking = { room: { id: 1 }, client: { id: 1 }, date: "2022-12-12" }
const cleaning = { room: { id: 1 }, date: "2022-12-12" }

describe("npm run backup and npm run restore", () => {
  it.live("back up a running hotel, and restore it to an empty folder", () =>
    Effect.gen(function* () {
      const DATA_DIR = join(yield* temporaryFolder, "data")
      const file = join(yield* temporaryFolder, "hotel.backup")
      const row = yield* Effect.gen(function* () {
        const app = yield* startApp({ DATA_DIR })
        yield* put(app, "/mutation/book-room", booking)
        const { seq } = yield* put(app, "/mutation/cleanup", cleaning)
        const row = yield* night(app, seq)

        const inUse = yield* run("backup", [file], { DATA_DIR })
        assert.strictEqual(inUse.code, 1)
        assert.include(inUse.output, "The app need not stop for a backup: NATS_URL=")
        const made = yield* run("backup", [file], { NATS_URL: app.nats! })
        assert.strictEqual(made.code, 0, made.output)
        assert.match(made.output, /· hotel: 2\d messages, \d+ KiB/u)
        assert.include(made.output, `Hotel booking is in ${file}`)
        assert.strictEqual(JSON.parse(readFileSync(file, "utf8").split("\n")[0]!).format, "event-model-backup")
        const occupied = yield* run("restore", [file], { NATS_URL: app.nats! })
        assert.strictEqual(occupied.code, 1)
        assert.include(occupied.output, "is restored only into empty streams")
        return row
      }).pipe(Effect.scoped)

      rmSync(DATA_DIR, { recursive: true })
      const back = yield* run("restore", [file], { DATA_DIR })
      assert.strictEqual(back.code, 0, back.output)
      assert.match(back.output, /Hotel booking is as it was at \d{4}-/u)
      const again = yield* startApp({ DATA_DIR })
      assert.deepStrictEqual(yield* night(again), row)
      const repeated = yield* put(again, "/mutation/book-room", booking)
      assert.isTrue(repeated.duplicate)
      assert.notInclude(again.output(), "rooms to begin with")
    }).pipe(Effect.scoped)
  )

  it.live("require a file name", () =>
    Effect.gen(function* () {
      const nameless = yield* run("backup", [], {})
      assert.deepStrictEqual([nameless.code, nameless.output.trim()], [1, "✗ Name the file: npm run backup <file>"])
    })
  )
})
