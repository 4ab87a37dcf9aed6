import { execFile, spawnSync } from "node:child_process"
import { statSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { startApp } from "#test/support/startApp.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

const has = (command: string, version: string) => spawnSync(command, [version]).status === 0
const hasCli = process.platform === "linux" && has("nats", "--version") && has("script", "--version")

/** Runs a line in a shell with a terminal, since the CLI's pager needs one, and answers its prompts by Enter. */
const typed = (line: string, url?: string) =>
  Effect.callback<string>((resume) => {
    const env = { ...process.env, ...(url && { NATS_URL: url }) }
    const child = execFile("script", ["-qefc", line, "/dev/null"], { env, timeout: 15_000 }, (_, stdout) =>
      resume(Effect.succeed(stdout))
    )
    const enter = setInterval(() => child.stdin?.write("\r\n"), 200)
    child.stdin?.on("error", () => {})
    child.once("exit", () => clearInterval(enter))
  })

const booking = { data: { room: { id: 1 }, client: { id: 1 }, date: "2022-12-12" } }

describe.skipIf(!hasCli)("the nats CLI", () => {
  it.live(
    "reads without any flag as the README documents, changes nothing, and can with the context file",
    () =>
      Effect.gen(function* () {
        const DATA_DIR = join(yield* temporaryFolder, "data")
        const app = yield* startApp({ DATA_DIR, ROOMS: "1" })
        const headers = { "content-type": "application/json" }
        const body = JSON.stringify(booking)
        const { seq } = yield* Effect.promise(async () => {
          const answer = await fetch(`${app.url}/mutation/book-room`, { method: "PUT", headers, body })
          return (await answer.json()) as { readonly seq: number }
        })
        yield* Effect.promise(() => fetch(`${app.url}/rooms/1/nights/2022-12-12?after=${seq}`))

        const shown: ReadonlyArray<readonly [line: string, text: RegExp]> = [
          ["nats stream view room-booking --subject='booking.1.2022-12-12.1_2022-12-12'", /ce-type: RoomBooked/u],
          ["nats kv get booking-v1 1.2022-12-12", /"availability":"booked"/u],
          ["timeout 2 nats kv watch booking-v1", /PUT.* booking-v1 > 1\.2022-12-12/u],
          ["nats stream view audit 2", /audit\.accepted\.room\.admin\.1\.room-added/u],
          ["nats consumer report hotel", /view-booking-v1/u],
          ["nats stream ls", /room-booking/u],
          ["nats stream info hotel", /Information for Stream hotel/u]
        ]
        for (const [line, text] of shown) assert.match(yield* typed(line, app.nats), text, line)

        const denied = [
          "nats stream purge hotel -f",
          "nats stream rm hotel -f",
          "nats kv put booking-v1 1.2022-12-12 forged",
          "nats kv del booking-v1 1.2022-12-12 -f",
          "nats consumer rm hotel view-booking-v1 -f",
          "nats req hotel.room-night.booking.1_2022-12-13.room-booked '{}'"
        ]
        for (const line of denied) assert.match(yield* typed(line, app.nats), /error|violation/iu, line)
        assert.match(yield* typed("nats kv get booking-v1 1.2022-12-12", app.nats), /"availability":"booked"/u)

        const [, context = ""] = /nats --context (\S+)$/mu.exec(app.output()) ?? []
        assert.strictEqual(statSync(context).mode & 0o777, 0o600)
        const { pass = "" } = app.operator
        assert.isAbove(pass.length, 40)
        assert.notInclude(app.output(), pass)
        assert.match(yield* typed(`nats --context ${context} kv put totals mine 1`), /^1\s*$/mu)
      }).pipe(Effect.scoped),
    120_000
  )
})
