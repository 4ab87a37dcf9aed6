import { assert, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { AddRoom } from "#features/hotel-booking/add-room/AddRoom.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import * as Execute from "#layers/commands/commandHandler.ts"
import { Commands } from "#layers/commands/Commands.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import * as Runtime from "#layers/runBoard.ts"
import { Ids } from "#layers/services/Ids.ts"
import { Subscriptions } from "#layers/services/Subscriptions.ts"
import { Served, servedOn } from "#test/hotel/support/servedHttp.ts"

/** A hotel whose views receive no events of its log. */
const unbuilt = servedOn(hotelBooking).pipe(
  Layer.provideMerge(Runtime.layer(hotelBooking)),
  Layer.provideMerge(
    Layer.effect(
      Subscriptions,
      Effect.map(Subscriptions, (consumers) => ({ ...consumers, run: () => Effect.never }))
    )
  ),
  Layer.provideMerge(
    Layer.effectDiscard(
      Effect.gen(function* () {
        const { execute } = Context.get(yield* Layer.build(Execute.layer(hotelBooking)), Commands)
        yield* execute(AddRoom, { room: { id: 1 } }, { actor: "Manager" })
      })
    )
  ),
  Layer.provideMerge(Memory.layer(hotelBooking)),
  Layer.provideMerge(Ids.layer)
)

it.live(
  "a view that has not caught up with the log is not ready, and responds with 503 and its position",
  () =>
    Effect.gen(function* () {
      const { call, client } = yield* Served
      for (const path of ["/rooms", "/views/rooms", "/rooms?after=0"]) {
        const { body, headers, status } = yield* call(path)
        assert.deepStrictEqual([status, body.code, headers.get("retry-after")], [503, "ViewRebuilding", "1"], path)
        assert.deepInclude(body, { view: "Rooms", position: 0, target: 1 })
      }
      assert.strictEqual((yield* Effect.flip(client.views.Rooms({}))).code, "ViewRebuilding")
      const ready = yield* call("/health/ready")
      assert.deepStrictEqual([ready.status, ready.body.status], [503, "not ready"])
      assert.deepInclude(ready.body.views.Rooms, { status: "rebuilding", position: 0, target: 1, lag: 1 })
      // A view without events in the log is current, and rows as of a position are folded from the log.
      assert.strictEqual(ready.body.views.Booking.status, "current")
      assert.strictEqual((yield* call("/rooms/1/nights/2022-12-12")).status, 200)
      yield* call("/operations")
      assert.deepInclude((yield* call("/views/rooms?at=1")).body.rows[0].rooms, { id: 1 })
    }).pipe(Effect.provide(unbuilt)),
  60_000
)
