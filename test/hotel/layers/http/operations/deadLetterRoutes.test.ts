import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Board, Projection, Slice } from "#domain/model/index.ts"
import { Night } from "#domain/values.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { Served, servedOn } from "#test/hotel/support/servedHttp.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"

const brokenRooms = new Set<number>()

/** A hotel whose view of bookings throws on events of the rooms in `brokenRooms`. */
const fragileHotel = Board.make({
  ...hotelBooking,
  slices: hotelBooking.slices.map((slice: Slice.Any) =>
    slice._tag !== "View" || slice.shows.name !== "Booking"
      ? slice
      : Slice.view({
          ...slice,
          shows: Projection.make({
            ...slice.shows,
            evolve: Object.fromEntries(
              Object.entries(slice.shows.evolve as Record<string, (row: unknown, event: any) => unknown>).map(
                ([type, evolve]) => [
                  type,
                  (row: unknown, event: { readonly room: { readonly id: number } }) => {
                    if (brokenRooms.has(event.room.id)) throw new Error("too heavy")
                    return evolve(row, event)
                  }
                ]
              )
            )
          } as never)
        } as never)
  ) as never
}) as typeof hotelBooking

const served = servedOn(fragileHotel).pipe(Layer.provideMerge(runningBoard(fragileHotel, memoryBackend)))

it.live("a list names the rows that are missing because of dead letters, now and as of a position", () =>
  Effect.gen(function* () {
    const { call, client } = yield* Served
    const [one, two] = [{ id: 1 }, { id: 2 }]
    for (const room of [one, two]) yield* client.commands.AddRoom({ room })
    brokenRooms.add(1)
    const date = Night.make("2032-02-27")
    for (const room of [one, two]) yield* client.commands.BookRoom({ room, client: { id: 3 }, date })
    const { seq } = yield* client.commands.BookRoom({ room: one, client: { id: 3 }, date: Night.make("2032-02-28") })
    const missingRow = (date: string) => ({ key: { room: "1", date }, count: 1 })
    const all = yield* call(`/views/booking?after=${seq}`)
    assert.strictEqual(all.body.rows.length, 1)
    assert.deepStrictEqual(all.body.deadLetters, [missingRow("2032-02-27"), missingRow("2032-02-28")])
    yield* call("/operations")
    assert.deepStrictEqual((yield* call(`/views/booking?at=${seq - 1}`)).body.deadLetters, [missingRow("2032-02-27")])
    const filtered = (query: string) =>
      Effect.map(call(`/views/booking?${query}`), ({ body, headers }) => [body.deadLetters, headers.get("etag")])
    assert.deepStrictEqual((yield* filtered("room=1&date=2032-02-28.."))[0], [missingRow("2032-02-28")])
    assert.deepStrictEqual((yield* filtered("room=2"))[0], undefined)

    // After the retry the position is the same but the rows are not, so the ETag differs.
    const [, etag] = yield* filtered("room=1")
    brokenRooms.clear()
    const { parked } = (yield* call("/operations/parked")).body
    assert.strictEqual(parked.length, 2)
    for (const { id } of parked) {
      const retried = yield* call(`/operations/parked/${id}/retry`, {
        method: "POST",
        headers: { "content-type": "application/json" }
      })
      assert.strictEqual(retried.status, 200, retried.text)
    }
    const [missing, later] = yield* filtered("room=1")
    assert.isUndefined(missing)
    assert.notStrictEqual(later, etag)
  }).pipe(Effect.provide(served))
)
