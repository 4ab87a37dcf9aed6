import { assert, expectTypeOf, type Vitest } from "@effect/vitest"
import { Effect } from "effect"
import { FetchHttpClient } from "effect/http"
import { RoomAlreadyBooked, RoomUnknown } from "#domain/rejections.ts"
import { Night } from "#domain/values.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import type { Receipt } from "#layers/commands/Receipt.ts"
import { type Client, clientOf, Problem } from "#layers/http/contract/client.ts"
import { freshRoom, Served } from "#test/hotel/support/servedHttp.ts"

const date = Night.make("2022-12-12")

type Hotel = Client<typeof hotelBooking>
type Failure<F extends (...args: any) => Effect.Effect<any, any>> = Effect.Error<ReturnType<F>>

type Slices = (typeof hotelBooking)["slices"][number]
type CommandNames = Extract<Slices, { readonly _tag: "Change" }>["command"]["name"]
type ViewNames = Extract<Slices, { readonly _tag: "View" }>["shows"]["name"]

const types = (hotel: Hotel) => {
  expectTypeOf<keyof Hotel["commands"]>().toEqualTypeOf<CommandNames>()
  expectTypeOf<keyof Hotel["views"]>().toEqualTypeOf<ViewNames>()
  expectTypeOf<"AddRoom" | "BookRoom">().toExtend<CommandNames>()
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
  // @ts-expect-error a string is not a night
  hotel.views.Booking({ room, date: "2022-12-12" })
  // @ts-expect-error the key of a booking includes its room
  hotel.views.Booking({ date })
  // @ts-expect-error only the automation issues that command
  return hotel.commands.ScheduleCleaning({ room, date })
}

/** The board's own client. */
export const client = (it: Vitest.MethodsNonLive<Served>) => {
  it("the client has the board's types", () => {
    assert.isFunction(types)
  })

  it.effect("the client returns the receipt, or fails with the rejection's instance or the problem", () =>
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

      const rejection = yield* Effect.flip(commands.BookRoom(input))
      assert.instanceOf(rejection, RoomAlreadyBooked)
      assert.deepStrictEqual(rejection, new RoomAlreadyBooked({ room, date }))
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

  it.effect("the client fails with NoAnswer without a response, and with UnknownAnswer for one of another server", () =>
    Effect.gen(function* () {
      const { url } = yield* Served
      const unreachable = yield* clientOf(hotelBooking, "http://127.0.0.1:9")
      assert.deepInclude(yield* Effect.flip(unreachable.views.Rooms({})), { code: "NoAnswer", status: 0 })
      const other = yield* clientOf(hotelBooking, `${url}/docs?`)
      assert.deepInclude(yield* Effect.flip(other.views.Rooms({})), { code: "UnknownAnswer", status: 200 })
    }).pipe(Effect.provide(FetchHttpClient.layer))
  )
}
