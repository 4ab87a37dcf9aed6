import { assert, type Vitest } from "@effect/vitest"
import { Effect } from "effect"
import { Night } from "#domain/values.ts"
import { freshRoom, Served } from "#test/hotel/support/servedHttp.ts"

const date = Night.make("2022-12-12")

/** Rows of views, and health. */
export const views = (it: Vitest.MethodsNonLive<Served>) => {
  it.effect("a night without events is free, with 200", () =>
    Effect.gen(function* () {
      const { call } = yield* Served
      const { status, body, headers } = yield* call("/rooms/7777/nights/2022-12-12")
      assert.deepStrictEqual([status, body], [200, { room: { id: 7_777 }, date: "2022-12-12", availability: "free" }])
      assert.match(headers.get("etag")!, /^"0@[\w-]{12}\/v1"$/u)
    })
  )

  it.effect("with `after`, a row includes what was just written", () =>
    Effect.gen(function* () {
      const { client } = yield* Served
      const room = yield* freshRoom
      const { seq } = yield* client.commands.BookRoom({ room, client: { id: 7 }, date })
      const row = yield* client.views.Booking({ room, date }, { after: seq })
      assert.deepStrictEqual(
        [row.availability, row.client, row.position, row.updatedBy],
        ["booked", { id: 7 }, seq, "Guest"]
      )
      const all = yield* client.views.Rooms({}, { after: seq })
      assert.deepInclude(all.rooms, room)
    })
  )

  it.effect("an unchanged row is not sent again", () =>
    Effect.gen(function* () {
      const { call, client } = yield* Served
      const room = yield* freshRoom
      const { seq } = yield* client.commands.BookRoom({ room, client: { id: 7 }, date })
      const path = `/rooms/${room.id}/nights/${date}?after=${seq}`
      const etag = (yield* call(path)).headers.get("etag")!
      assert.match(etag, new RegExp(`^"${seq}@[\\w-]{12}/v1"$`, "u"))
      for (const tags of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
        const same = yield* call(path, { headers: { "if-none-match": tags } })
        assert.deepStrictEqual([same.status, same.text, same.headers.get("etag")], [304, "", etag])
      }
      assert.strictEqual((yield* call(path, { headers: { "if-none-match": `"${seq}"` } })).status, 200)
    })
  )

  it.effect("503 has the lag of a view that does not reach a position in time", () =>
    Effect.gen(function* () {
      const { call } = yield* Served
      const { status, body, headers } = yield* call("/rooms?after=999999999")
      assert.deepStrictEqual([status, body.code, body.view, body.after], [503, "ViewBehind", "Rooms", 999_999_999])
      assert.isNumber(body.lag)
      assert.strictEqual(headers.get("retry-after"), "1")
    })
  )

  it.effect("the process is alive, and ready with its dependencies", () =>
    Effect.gen(function* () {
      const { call } = yield* Served
      assert.deepStrictEqual((yield* call("/health/live")).body, { status: "alive" })
      const { status, body } = yield* call("/health/ready")
      assert.deepStrictEqual([status, body.status], [200, "ready"])
      assert.include(["memory", "reachable"], body.log)
      assert.sameMembers(Object.keys(body.views), ["Rooms", "Booking", "CleanupSchedule"])
      assert.sameMembers(Object.keys(body.automations), ["schedule-cleaning", "call-off-cleaning"])
      assert.isNumber(body.views.Booking.lag)
      const { position, status: viewStatus, target } = body.views.Booking
      assert.strictEqual(viewStatus, "current")
      assert.isAtLeast(position, target)
    })
  )
}
