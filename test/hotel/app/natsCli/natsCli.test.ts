import { spawnSync } from "node:child_process"
import { statSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { startApp } from "#test/support/startApp.ts"
import { hasTerminal, typed } from "#test/support/terminal.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

const hasCli = hasTerminal && spawnSync("nats", ["--version"]).status === 0

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

        const outputOf = (line: string) =>
          Effect.map(typed(line, { env: { NATS_URL: app.nats } }), ({ output }) => output)

        const shown: ReadonlyArray<readonly [line: string, text: RegExp]> = [
          ["nats stream view room-booking --subject='booking.1.2022-12-12.1_2022-12-12'", /ce-type: RoomBooked/u],
          ["nats kv get booking-v1 1.2022-12-12", /"availability":"booked"/u],
          ["timeout 2 nats kv watch booking-v1", /PUT.* booking-v1 > 1\.2022-12-12/u],
          ["nats stream view audit 2", /audit\.accepted\.room\.admin\.1\.room-added/u],
          ["nats consumer report hotel", /view-booking-v1/u],
          ["nats stream ls", /room-booking/u],
          ["nats stream info hotel", /Information for Stream hotel/u]
        ]
        for (const [line, text] of shown) assert.match(yield* outputOf(line), text, line)

        const denied = [
          "nats stream purge hotel -f",
          "nats stream rm hotel -f",
          "nats kv put booking-v1 1.2022-12-12 forged",
          "nats kv del booking-v1 1.2022-12-12 -f",
          "nats consumer rm hotel view-booking-v1 -f",
          "nats req hotel.room-night.booking.1_2022-12-13.room-booked '{}'"
        ]
        for (const line of denied) assert.match(yield* outputOf(line), /error|violation/iu, line)
        assert.match(yield* outputOf("nats kv get booking-v1 1.2022-12-12"), /"availability":"booked"/u)

        const [, context = ""] = /nats --context (\S+)$/mu.exec(app.output()) ?? []
        assert.strictEqual(statSync(context).mode & 0o777, 0o600)
        const { pass = "" } = app.operator
        assert.isAbove(pass.length, 40)
        assert.notInclude(app.output(), pass)
        assert.match((yield* typed(`nats --context ${context} kv put totals mine 1`)).output, /^1\s*$/mu)
      }).pipe(Effect.scoped),
    120_000
  )
})
