import { assert, expectTypeOf, type Vitest } from "@effect/vitest"
import { Effect } from "effect"
import { FetchHttpClient } from "effect/http"
import { Night } from "#domain/values.ts"
import { RoomAlreadyBooked, RoomUnknown } from "#features/hotel-booking/book-room/BookRoom.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import type { Receipt } from "#layers/commands/Receipt.ts"
import { type Client, clientOf, Problem } from "#layers/http/contract/client.ts"
import { freshRoom, Served } from "#test/support/servedHttp.ts"

const date = Night.make("2022-12-12")

type Hotel = Client<typeof hotelBooking>
type Failure<F extends (...args: any) => Effect.Effect<any, any>> = Effect.Error<ReturnType<F>>

const types = (hotel: Hotel) => {
  expectTypeOf<keyof Hotel["commands"]>().toEqualTypeOf<"AddRoom" | "BookRoom" | "CleanRoom" | "CheckIn">()
  expectTypeOf<keyof Hotel["views"]>().toEqualTypeOf<"Rooms" | "Booking" | "CleanupSchedule">()
  expectTypeOf<Effect.Success<ReturnType<Hotel["commands"]["BookRoom"]>>>().toEqualTypeOf<Receipt>()
  expectTypeOf<Failure<Hotel["commands"]["BookRoom"]>>().toEqualTypeOf<RoomUnknown | RoomAlreadyBooked | Problem>()
  expectTypeOf<Failure<Hotel["commands"]["AddRoom"]>>().toEqualTypeOf<Problem>()
  expectTypeOf<Failure<Hotel["views"]["Booking"]>>().toEqualTypeOf<Problem>()
  type Row = Effect.Success<ReturnType<Hotel["views"]["Booking"]>>
  expectTypeOf<Row["availability"]>().toEqualTypeOf<"free" | "booked" | "available" | "occupied">()
  expectTypeOf<Row["position"]>().toEqualTypeOf<number | undefined>()
  const room = { id: 1 }
  // @ts-expect-error a client is missing
  hotel.commands.BookRoom({ room, date })
  // @ts-expect-error text is no night
  hotel.views.Booking({ room, date: "2022-12-12" })
  // @ts-expect-error a booking is named by its room too
  hotel.views.Booking({ date })
  // @ts-expect-error only the bot does that
  return hotel.commands.ScheduleCleaning({ room, date })
}

/** The board's own client. */
export const client = (it: Vitest.MethodsNonLive<Served>) => {
  it("knows the board's types", () => {
    assert.isFunction(types)
  })

  it.effect("has the receipt, the refusal's instance, or the problem", () =>
    Effect.gen(function* () {
      const { commands } = (yield* Served).client
      const room = yield* freshRoom
      const input = { room, client: { id: 1 }, date }
      const receipt = yield* commands.BookRoom(input, { commandId: `c-${room.id}`, correlationId: "a-stay" })
      assert.deepStrictEqual([receipt.duplicate, receipt.correlationId], [false, "a-stay"])
      assert.deepStrictEqual(yield* commands.BookRoom(input, { commandId: `c-${room.id}` }), {
        ...receipt,
        duplicate: true
      })

      const refusal = yield* Effect.flip(commands.BookRoom(input))
      assert.instanceOf(refusal, RoomAlreadyBooked)
      assert.deepStrictEqual(refusal, new RoomAlreadyBooked({ room, date }))
      const unknown = yield* Effect.flip(commands.BookRoom({ ...input, room: { id: 9_998 } }))
      assert.deepStrictEqual(unknown, new RoomUnknown({ room: { id: 9_998 } }))

      const problem = yield* Effect.flip(commands.BookRoom({ ...input, room: { id: -1 } }))
      assert.instanceOf(problem, Problem)
      assert.deepStrictEqual(
        [problem.code, problem.status, problem.errors?.map(({ path }) => path)],
        ["InvalidRequest", 400, ["data.room.id"]]
      )
      const reused = yield* Effect.flip(commands.CleanRoom({ room, date }, { commandId: `c-${room.id}` }))
      assert.deepInclude(reused, { code: "CommandIdReused", status: 422 })
    })
  )

  it.effect("says so when nobody answers, or somebody else does", () =>
    Effect.gen(function* () {
      const { url } = yield* Served
      const nobody = yield* clientOf(hotelBooking, "http://127.0.0.1:9")
      assert.deepInclude(yield* Effect.flip(nobody.views.Rooms({})), { code: "NoAnswer", status: 0 })
      const other = yield* clientOf(hotelBooking, `${url}/docs?`)
      assert.deepInclude(yield* Effect.flip(other.views.Rooms({})), { code: "UnknownAnswer", status: 200 })
    }).pipe(Effect.provide(FetchHttpClient.layer))
  )
}
