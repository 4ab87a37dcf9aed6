import { execFile, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { startApp } from "#test/support/startApp.ts"
import { testServer } from "#test/support/testServer.ts"

const hasCurl = spawnSync("curl", ["--version"]).status === 0

describe("deploy/compose.yaml", () => {
  it.live.skipIf(!hasCurl)(
    "documents how its hotel gets rooms, and that works on a server of NATS_URL",
    () =>
      Effect.gen(function* () {
        const operations = readFileSync("docs/operations.md", "utf8")
        const call = /^curl [^`]*add-room[^`]*/mu.exec(operations)![0]
        const inCompose = /^# {3}(curl .*add-room.*\n(?:# {5}.*\n)*)/mu.exec(
          readFileSync("deploy/compose.yaml", "utf8")
        )![1]!
        const words = (command: string) => command.replaceAll(/[\s#\\]+/gu, " ").trim()
        assert.strictEqual(words(inCompose), words(call))

        const { url } = yield* testServer({ syncInterval: "2m" })
        const app = yield* startApp({ NATS_URL: url })
        const rooms = () =>
          Effect.promise(async () => (await (await fetch(`${app.url}/rooms`)).json()) as { rooms: [] })
        assert.deepStrictEqual((yield* rooms()).rooms, [])
        const line = call.replace("curl ", "curl --silent --fail ").replace("http://127.0.0.1:3001", app.url)
        const { stdout } = yield* Effect.promise(() => promisify(execFile)("sh", ["-c", line]))
        const { seq } = JSON.parse(stdout) as { readonly seq: number }
        const there = yield* Effect.promise(async () => (await fetch(`${app.url}/rooms?after=${seq}`)).json())
        assert.deepInclude(there as object, { rooms: [{ id: 1 }] })
      }).pipe(Effect.scoped),
    60_000
  )
})
