import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { LiveSession } from "#layers/contract/liveSchema.ts"
import { start } from "#layers/http/server/httpServer.ts"
import type { LiveSessions } from "#layers/services/LiveSessions.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"

const url = "ws://127.0.0.1:4280"
const live: LiveSessions = {
  url,
  open: (view, previous) => ({
    url,
    token: `token after ${previous}`,
    expiresAt: "2026-12-24T10:00:00.000Z",
    lifetimeSeconds: 120,
    view,
    stream: "KV_booking-v1",
    stored: "$KV.booking-v1.",
    changes: "ui.hotel.booking-v1.",
    inboxPrefix: "_INBOX_x"
  })
}

it.live(
  "POST /live/session answers with a token for a view, and rejects foreign pages and anything that is no request for one",
  () =>
    Effect.gen(function* () {
      const server = yield* start(hotelBooking, { host: "127.0.0.1", port: 0, live })
      const post = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
        Effect.promise(async () => {
          const response = await fetch(`${server.url}/live/session`, {
            method: "POST",
            headers: { "content-type": "application/json", ...headers },
            body: JSON.stringify(body)
          })
          return { status: response.status, cache: response.headers.get("cache-control"), body: await response.json() }
        })
      const { body, cache, status } = yield* post({ view: "Booking", token: "a" })
      assert.deepStrictEqual([status, cache], [200, "no-store"])
      assert.strictEqual(Schema.decodeUnknownSync(LiveSession)(body).token, "token after a")
      for (const wrong of [
        {},
        { view: "x" },
        { view: "Booking", more: 1 },
        { view: "Booking", token: "x".repeat(2_000) }
      ])
        assert.strictEqual((yield* post(wrong)).status, 400)
      assert.strictEqual((yield* post({ view: "Booking" }, { origin: "http://evil.example" })).status, 403)
    }).pipe(Effect.scoped, Effect.provide(runningBoard(hotelBooking, memoryBackend)))
)
