import { assert, type Vitest } from "@effect/vitest"
import { Effect } from "effect"
import { Served } from "#test/hotel/support/servedHttp.ts"

/** The calls of the document that specified this project, body for body. */
export const acceptance = (it: Vitest.MethodsNonLive<Served>) =>
  it.effect("the acceptance calls, one right after the other: 201, 201, 409, 201", () =>
    Effect.gen(function* () {
      const { client, put, call } = yield* Served
      yield* client.commands.AddRoom({ room: { id: 1 } })

      const booked = yield* put("/mutation/book-room", {
        data: { room: { id: 1 }, client: { id: 1 }, date: "2022-12-12" }
      })
      assert.strictEqual(booked.status, 201)
      assert.match(booked.headers.get("etag")!, new RegExp(`^"${booked.body.seq}@[\\w-]{12}"$`, "u"))
      assert.strictEqual(booked.headers.get("x-correlation-id"), "1_2022-12-12")
      const { facts, seq, ...rest } = booked.body
      assert.deepStrictEqual(rest, { stream: "hotel", duplicate: false, correlationId: "1_2022-12-12" })
      assert.lengthOf(facts, 1)
      assert.strictEqual(facts[0].type, "RoomBooked")
      assert.strictEqual(facts[0].subject, "hotel.room-night.booking.1_2022-12-12.room-booked")
      assert.strictEqual(facts[0].position, seq)

      const cleaned = yield* put("/mutation/cleanup", { data: { room: { id: 1 }, date: "2022-12-12" } })
      assert.strictEqual(cleaned.status, 201)
      assert.deepStrictEqual(
        cleaned.body.facts.map(({ type }: { type: string }) => type),
        ["RoomCleanedUp", "RoomAvailable"]
      )

      const tooLate = yield* put("/mutation/checkin", {
        data: { room: { id: 1 }, client: { id: 1 }, date: "2022-12-13" }
      })
      assert.strictEqual(tooLate.status, 409)
      assert.deepStrictEqual(tooLate.body, {
        type: "/docs#model/roomnotavailable",
        title: "Room not available",
        status: 409,
        code: "RoomNotAvailable",
        detail: "The room is not ready: it must be booked for that night, and clean.",
        correlationId: "1_2022-12-13",
        room: { id: 1 },
        date: "2022-12-13",
        because: "not booked"
      })
      assert.strictEqual(tooLate.headers.get("x-correlation-id"), "1_2022-12-13")

      const checkedIn = yield* put("/mutation/checkin", {
        data: { room: { id: 1 }, client: { id: 1 }, date: "2022-12-12" }
      })
      assert.strictEqual(checkedIn.status, 201)

      const night = yield* call(`/rooms/1/nights/2022-12-12?after=${checkedIn.body.seq}`)
      assert.strictEqual(night.body.availability, "occupied")
      const schedule = yield* client.views.CleanupSchedule({ date: night.body.date }, { after: checkedIn.body.seq })
      assert.deepStrictEqual(
        schedule.rooms.map(({ room, done }) => ({ room, done })),
        [{ room: { id: 1 }, done: true }]
      )
    })
  )
