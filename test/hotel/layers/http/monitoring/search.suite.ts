import { assert, type Vitest } from "@effect/vitest"
import { Effect } from "effect"
import { Night } from "#domain/values.ts"
import { freshRoom, Served } from "#test/hotel/support/servedHttp.ts"

const date = Night.make("2033-04-05")
const client = { id: 4711 }

const positionsOf = (events: ReadonlyArray<any>) => events.map(({ position }) => position as number)

const search = Effect.fnUntraced(function* (q: string, more = "") {
  const { call } = yield* Served
  return (yield* call(`/search?q=${encodeURIComponent(q)}${more}`)).body
})

/** Searches for rows, events and correlations. */
export const searching = (it: Vitest.MethodsNonLive<Served>) => {
  it.effect("rows and events are found by their values, whichever field has them", () =>
    Effect.gen(function* () {
      const { call, client: api } = yield* Served
      const room = yield* freshRoom
      const booked = yield* api.commands.BookRoom({ room, client, date })
      const after = `&after=${booked.seq}`
      yield* call(`/views/booking?room=${room.id}${after}`)

      const byRoom = yield* search(`room ${room.id}`)
      const rowsIn = (found: any, view: string) => found.rows.find((of: any) => of.view === view)?.rows ?? []
      assert.deepInclude(rowsIn(byRoom, "Booking")[0], { room, date, client })
      assert.include(positionsOf(byRoom.events), booked.seq)
      assert.isTrue(byRoom.events.every(({ data }: any) => data.room.id === room.id))

      // The client is in no key; the date is in many rows, but together with the room in only one.
      for (const q of ["client 4711", "client=4711", "4711", `"4711" ${date}`]) {
        const found = yield* search(q)
        assert.isTrue(
          rowsIn(found, "Booking").some((row: any) => row.room.id === room.id),
          q
        )
        assert.include(positionsOf(found.events), booked.seq, q)
      }
      const both = yield* search(`room ${room.id} ${date}`)
      assert.lengthOf(rowsIn(both, "Booking"), 1)
      assert.deepStrictEqual(both.skipped, [])
      const noMatch = yield* search(`room ${room.id} client 4712`)
      assert.deepStrictEqual([noMatch.rows, noMatch.events, noMatch.next], [[], [], null])
      const none = yield* search("what nobody ever said")
      assert.deepStrictEqual([none.rows, none.events, none.named, none.correlation], [[], [], [], null])
    })
  )

  it.effect("events are found by position and by id, and correlations by their id", () =>
    Effect.gen(function* () {
      const { call, client: api, put } = yield* Served
      const room = yield* freshRoom
      const { seq } = yield* api.commands.BookRoom({ room, client, date })
      const event = (yield* call(`/facts/${seq}`)).body
      assert.deepStrictEqual(positionsOf((yield* search(String(seq))).named), [seq])
      const byId = yield* search(event.id)
      assert.deepStrictEqual(byId.named, [event])
      const rejected = yield* put(
        "/mutation/book-room",
        { data: { room, client, date: "2033-04-06" } },
        { "x-correlation-id": "ticket-4711" }
      )
      const { correlation } = yield* search(" ticket-4711 ")
      assert.strictEqual(correlation.id, "ticket-4711")
      assert.isAtLeast(correlation.newest.position, rejected.body.seq)
      assert.deepStrictEqual((yield* call(`/facts?id=${event.id}`)).body, { facts: [event], next: null })
    })
  )

  it.effect("older events are found with the `next` of the response", () =>
    Effect.gen(function* () {
      const { client: api } = yield* Served
      const room = yield* freshRoom
      const guest = { id: 815 }
      const seqs: Array<number> = []
      for (let n = 10; n < 22; n++) {
        const night = Night.make(`2033-05-${n}`)
        seqs.push((yield* api.commands.BookRoom({ room, client: guest, date: night })).seq)
      }
      const first = yield* search("client 815")
      assert.deepStrictEqual(positionsOf(first.events), seqs.slice(2).toReversed())
      const second = yield* search("client 815", `&before=${first.next}`)
      assert.deepStrictEqual(positionsOf(second.events), seqs.slice(0, 2).toReversed())
      assert.deepStrictEqual([second.rows, second.next], [[], null])
    })
  )

  it.effect("an empty text, a text that is too long, and other parameters are 400", () =>
    Effect.gen(function* () {
      const { call } = yield* Served
      for (const [query, path] of [
        ["", "q"],
        ["q=%20", "q"],
        [`q=${"x".repeat(257)}`, "q"],
        ["q=1&q=2", "q"],
        ["q=1&before=x", "before"],
        ["q=1&limit=3", "limit"]
      ] as const) {
        const { body, status } = yield* call(`/search?${query}`)
        assert.deepStrictEqual([status, body.errors[0].path], [400, path], query)
      }
    })
  )

  it.effect("the events of a row are those with the values of its key, up to its position", () =>
    Effect.gen(function* () {
      const { call, client: api } = yield* Served
      const [room, other] = [yield* freshRoom, yield* freshRoom]
      const booked = yield* api.commands.BookRoom({ room, client, date })
      yield* api.commands.BookRoom({ room: other, client, date })
      const cleaned = yield* api.commands.CleanRoom({ room, date })
      const eventsWhere = (query: string) => Effect.map(call(`/facts?${query}`), ({ body }) => body)
      const inRoom = yield* eventsWhere(`where=room:${room.id}&where=date:${date}&type=RoomBooked&type=RoomCleanedUp`)
      assert.deepStrictEqual(
        inRoom.facts.map(({ type }: any) => type),
        ["RoomCleanedUp", "RoomBooked"]
      )
      const upToBooking = yield* eventsWhere(`where=room:${room.id}&where=date:${date}&before=${booked.seq + 1}`)
      assert.deepStrictEqual(positionsOf(upToBooking.facts), [booked.seq])
      // The date alone names no event stream: the log is searched for it, a page at a time.
      const page = yield* eventsWhere(`where=date:${date}&type=RoomCleanedUp&limit=1`)
      assert.isAtLeast(page.facts[0].position, cleaned.seq - 1)
      assert.isTrue(page.facts.every(({ data }: any) => data.date === date))
      for (const where of ["room", "room:x", "nobody:1", "room:1&where=room"]) {
        assert.strictEqual((yield* call(`/facts?where=${where}`)).body.errors?.[0].path, "where", where)
      }
    })
  )
}
