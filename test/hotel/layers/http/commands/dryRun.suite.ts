import { assert, type Vitest } from "@effect/vitest"
import { Effect } from "effect"
import { Night } from "#domain/values.ts"
import { freshRoom, Served } from "#test/hotel/support/servedHttp.ts"
import { storedEntries } from "#test/support/audit.ts"

const date = Night.make("2033-01-01")
const client = { id: 5 }

/** Dry runs of commands. */
export const dryRun = (it: Vitest.MethodsNonLive<Served>) => {
  it.effect("a dry run responds with the events, and appends nothing", () =>
    Effect.gen(function* () {
      const { call, client: hotel, put } = yield* Served
      const room = yield* freshRoom
      const data = { room, client, date }
      const lane = "room-booking"
      for (const _ of [1, 2]) {
        const { body, status } = yield* put("/mutation/book-room?dryRun=true", { data }, { "idempotency-key": "try" })
        assert.deepStrictEqual([status, body], [200, { facts: [{ type: "RoomBooked", lane, data }] }])
      }
      assert.deepStrictEqual((yield* call(`/facts?place=room-night/${room.id}_${date}`)).body.facts, [])
      const night = yield* hotel.views.Booking({ room, date })
      assert.strictEqual(night.availability, "free")
      assert.strictEqual(
        (yield* put("/mutation/book-room?dryRun=false", { data }, { "idempotency-key": "try" })).status,
        201
      )
    })
  )

  it.effect("a dry run responds with the rejection, or without events where there is nothing to do", () =>
    Effect.gen(function* () {
      const { client: hotel, put } = yield* Served
      const room = yield* freshRoom
      yield* hotel.commands.BookRoom({ room, client, date })
      const rejected = yield* put("/mutation/book-room?dryRun=true", {
        data: { room, client, date },
        correlationId: "x"
      })
      assert.deepStrictEqual(
        [rejected.status, rejected.body.code, rejected.body.room, rejected.body.correlationId],
        [409, "RoomAlreadyBooked", room, "x"]
      )
      const unchanged = yield* put("/mutation/add-room?dryRun=true", { data: { room } })
      assert.deepStrictEqual([unchanged.status, unchanged.body], [200, { facts: [] }])
    })
  )

  it.effect("a dry run is not audited, whatever its outcome; the command itself is", () =>
    Effect.gen(function* () {
      const { client: hotel, put } = yield* Served
      const room = yield* freshRoom
      yield* hotel.commands.BookRoom({ room, client, date })
      const lines = Effect.map(storedEntries(new Set([`room-night/${room.id}_${date}`, `room/${room.id}`])), (lines) =>
        lines.map(({ command, outcome }) => `${command} ${outcome}`).sort()
      )
      const send = Effect.fnUntraced(function* (query: string) {
        const rejected = yield* put(`/mutation/book-room${query}`, { data: { room, client, date } })
        const unchanged = yield* put(`/mutation/add-room${query}`, { data: { room } })
        return [rejected.status, unchanged.status]
      })
      assert.deepStrictEqual(yield* send("?dryRun=true"), [409, 200])
      assert.deepStrictEqual(yield* lines, [])
      assert.deepStrictEqual(yield* send(""), [409, 200])
      assert.deepStrictEqual(yield* lines, ["AddRoom unchanged", "BookRoom refused"])
    })
  )

  it.effect("a dry run validates its input like the command, and its parameter strictly", () =>
    Effect.gen(function* () {
      const { call, put } = yield* Served
      const bad = yield* put("/mutation/book-room?dryRun=true", { data: { room: { id: 0 } } })
      assert.deepStrictEqual([bad.status, bad.body.code], [400, "InvalidRequest"])
      for (const query of ["dryrun=true", "dryRun=yes", "dryRun=", "dryRun=true&dryRun=true"]) {
        const room = yield* freshRoom
        const { body, status } = yield* put(`/mutation/book-room?${query}`, { data: { room, client, date } })
        assert.deepStrictEqual([status, body.errors[0].path], [400, query.split("=")[0]!])
        assert.strictEqual((yield* call(`/rooms/${room.id}/nights/${date}`)).body.availability, "free")
      }
    })
  )
}
