import { assert, type Vitest } from "@effect/vitest"
import { Effect, Queue } from "effect"
import { Night } from "#domain/values.ts"
import { freshRoom, Served } from "#test/hotel/support/servedHttp.ts"
import { listen } from "#test/support/serverSentEvents.ts"

const nights = ["2032-02-27", "2032-02-28", "2032-02-29", "2032-03-01"].map((night) => Night.make(night))
const client = { id: 3 }

/** Two rooms, each booked for four nights. */
const booked = Effect.gen(function* () {
  const { commands } = (yield* Served).client
  const [one, two] = [yield* freshRoom, yield* freshRoom]
  const receipts = yield* Effect.forEach(
    nights.flatMap((date) => [two, one].map((room) => ({ room, date }))),
    ({ room, date }) => commands.BookRoom({ room, client, date })
  )
  return { one, two, seq: receipts.at(-1)!.seq, first: receipts[0]!.seq }
})

const keysOf = (body: any): ReadonlyArray<string> => body.rows.map(({ room, date }: any) => `${room.id} ${date}`)

/** Lists of rows, now and as of a position. */
export const rows = (it: Vitest.MethodsNonLive<Served>) => {
  it.effect("rows are found by the fields of their key, in its order", () =>
    Effect.gen(function* () {
      const { call } = yield* Served
      const { one, seq, two } = yield* booked
      const rooms = `room=${one.id}..${two.id}`
      const all = yield* call(`/views/booking?${rooms}&after=${seq}`)
      assert.deepStrictEqual(
        keysOf(all.body),
        [one, two].flatMap(({ id }) => nights.map((night) => `${id} ${night}`))
      )
      assert.deepStrictEqual([all.body.view, all.body.more], ["Booking", false])
      assert.isAtLeast(all.body.position, seq)
      assert.deepInclude(all.body.rows[0], { availability: "booked", client, updatedBy: "Guest" })
      const queries: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
        [`room=${one.id}`, nights.map((night) => `${one.id} ${night}`)],
        [`room=${one.id}&date=2032-02-29`, [`${one.id} 2032-02-29`]],
        [`room=${one.id}&date=2032-02-28..2032-02-29`, [`${one.id} 2032-02-28`, `${one.id} 2032-02-29`]],
        [`${rooms}&date=2032-03-01..`, [`${one.id} 2032-03-01`, `${two.id} 2032-03-01`]],
        [`${rooms}&date=..2032-02-27`, [`${one.id} 2032-02-27`, `${two.id} 2032-02-27`]],
        [`room=${two.id}..&date=2032-01-01..2032-12-31`, nights.map((night) => `${two.id} ${night}`)],
        [`${rooms}&date=2033-01-01..2033-01-31`, []],
        [`room=${two.id}..${one.id}`, []]
      ]
      for (const [query, keys] of queries) {
        const { body } = yield* call(`/views/booking?${query}`)
        assert.deepStrictEqual(
          keysOf(body).filter((key) => key <= `${two.id} 3`),
          keys,
          query
        )
      }
      const limited = yield* call(`/views/booking?${rooms}&limit=3`)
      assert.deepStrictEqual([keysOf(limited.body), limited.body.more], [keysOf(all.body).slice(0, 3), true])
      const pages: Array<string> = []
      for (let next = ""; ;) {
        const { body } = yield* call(`/views/booking?${rooms}&limit=3${next && `&next=${next}`}`)
        pages.push(...keysOf(body))
        assert.strictEqual(body.more, body.next !== null)
        if (body.next === null) break
        next = encodeURIComponent(body.next)
      }
      assert.deepStrictEqual(pages, keysOf(all.body))
      const etag = all.headers.get("etag")!
      assert.strictEqual(
        (yield* call(`/views/booking?${rooms}&limit=3`, { headers: { "if-none-match": etag } })).status,
        304
      )
    })
  )

  it.effect("a view without a key has one row", () =>
    Effect.gen(function* () {
      const { call } = yield* Served
      const room = yield* freshRoom
      const { body } = yield* call("/views/rooms?after=1")
      assert.strictEqual(body.rows.length, 1)
      assert.isArray(body.rows[0].rooms)
      assert.isNumber(room.id)
    })
  )

  it.effect("rows as of a position are those of that time", () =>
    Effect.gen(function* () {
      const { call, url } = yield* Served
      const { first, one, seq, two } = yield* booked
      const query = `/views/booking?room=${one.id}..${two.id}`
      const now = (yield* call(`${query}&after=${seq}`)).body
      yield* call("/operations")
      const past = (yield* call(`${query}&at=${seq}`)).body
      assert.deepStrictEqual(past.rows, now.rows)
      assert.deepStrictEqual(keysOf((yield* call(`${query}&at=${first}`)).body), [`${two.id} ${nights[0]}`])
      assert.deepStrictEqual((yield* call(`${query}&at=${first - 1}`)).body.rows, [])
      assert.deepStrictEqual((yield* call("/views/booking?at=0")).body.rows, [])
      const atInstant = (instant: string) =>
        Effect.map(call(`${query}&at=${encodeURIComponent(instant)}`), ({ body }) => body)
      assert.deepStrictEqual((yield* atInstant(new Date().toISOString())).rows, now.rows)
      assert.deepStrictEqual((yield* atInstant("2020-01-01T00:00:00+01:00")).rows, [])
      const { events } = yield* listen(`${url}${query}&at=${seq}`, { accept: "text/event-stream" })
      const messages = [yield* Queue.take(events)]
      while (messages.at(-1)!.event === "progress") messages.push(yield* Queue.take(events))
      assert.deepStrictEqual([messages.at(-1)!.event, messages.at(-1)!.data], ["result", past])
      assert.strictEqual(yield* Effect.flip(Queue.take(events)), "ended")
    }).pipe(Effect.scoped)
  )

  it.effect("400 lists invalid parameters of a list", () =>
    Effect.gen(function* () {
      const { call, url } = yield* Served
      const bad: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
        ["room=0&date=2032-02-30", ["room", "date"]],
        ["room=01", ["room"]],
        ["room=1..x", ["room"]],
        ["room=1..2..3", ["room"]],
        ["room=..", ["room"]],
        ["room=*", ["room"]],
        ["room=1&room=2", ["room"]],
        ["guest=1&limit=5001&after=x&at=x", ["guest", "limit", "after", "at"]],
        ["at=99999999", ["at"]],
        ["at=2020-01-01T00:00:00", ["at"]],
        ["at=2020-13-01T00:00:00Z", ["at"]],
        ["at=2020-01-01", ["at"]],
        ["at=9999-12-31T00:00:00Z", ["at"]],
        ["next=1", ["next"]]
      ]
      for (const [query, paths] of bad) {
        const { body, status } = yield* call(`/views/booking?${query}`)
        assert.deepStrictEqual(
          [status, new Set(body.errors?.map(({ path }: any) => path))],
          [400, new Set(paths)],
          query
        )
      }
      const { events } = yield* listen(`${url}/views/booking?at=99999999`, { accept: "text/event-stream" })
      const { data, event } = yield* Queue.take(events)
      assert.deepStrictEqual([event, data.code], ["problem", "InvalidRequest"])
    }).pipe(Effect.scoped)
  )
}
