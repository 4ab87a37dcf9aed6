import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { connect } from "@nats-io/transport-node"
import { Effect } from "effect"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import * as NatsConnection from "#layers/nats/connection/Nats.ts"
import { provision } from "#layers/nats/provision/provision.ts"
import { testServer } from "#test/support/testServer.ts"

const root = fileURLToPath(new URL("../../../", import.meta.url))

/** Runs `npm run void` with these arguments, and returns its exit code and output. */
const tool = (natsUrl: string, ...args: ReadonlyArray<string>) =>
  Effect.callback<{ readonly code: number; readonly text: string }>((resume) => {
    execFile(
      process.execPath,
      ["scripts/node.cjs", "src/app/tools/voidTool.ts", ...args],
      { cwd: root, env: { ...process.env, NATS_URL: natsUrl } },
      (error, out, err) => resume(Effect.succeed({ code: Number(error?.code ?? 0), text: out + err }))
    )
  })

it.live("npm run void voids a position of the log at NATS_URL, and reports errors", () =>
  Effect.gen(function* () {
    const { url } = yield* testServer({ syncInterval: "2m" })
    yield* provision(hotelBooking, 1).pipe(Effect.provide(NatsConnection.layer(url)), Effect.scoped)
    const nats = yield* Effect.acquireRelease(
      Effect.promise(() => connect({ servers: url })),
      (nats) => Effect.promise(() => nats.close())
    )
    yield* Effect.promise(() => nats.request("hotel.room-night.booking.12_2024-06-01.room-booked", "{}"))

    const done = yield* tool(url, "1", "somebody tried the CLI", "Ops")
    assert.deepInclude(done, { code: 0 }, done.text)
    assert.include(done.text, "Position 1 (hotel.room-night.booking.12_2024-06-01.room-booked) is void")
    const row = yield* Effect.promise(() => nats.request("$JS.API.DIRECT.GET.KV_voided.$KV.voided.1", ""))
    assert.deepInclude(row.json<object>(), { position: 1, reason: "somebody tried the CLI", by: "Ops" })

    const missing = yield* tool(url, "2", "why")
    assert.strictEqual(missing.code, 1)
    assert.include(missing.text, "The log has nothing at position 2")
    const unnamed = yield* tool(url, "one")
    assert.strictEqual(unnamed.code, 1)
    assert.include(unnamed.text, "Name the position and the reason")
  }).pipe(Effect.scoped)
)
