import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Queue, Schedule } from "effect"
import { Board } from "#domain/model/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { start } from "#layers/http/server/httpServer.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { listen } from "#test/support/serverSentEvents.ts"
import { testAuthenticator, token } from "#test/support/testIssuer.ts"

const date = "2030-01-01"
const room = { id: 1 }

const bearer = (role: string, client?: number) =>
  Effect.map(
    Effect.promise(() => token({ roles: [role], claims: { sub: `${role}-${client}`, ...(client && { client }) } })),
    (text) => ({ authorization: `Bearer ${text}` })
  )

const served = Effect.map(
  start(hotelBooking, { host: "127.0.0.1", port: 0, authentication: testAuthenticator }),
  ({ url }) => ({
    url,
    call: (path: string, headers: Readonly<Record<string, string>>, data?: object) =>
      Effect.promise(async () => {
        const response = await fetch(url + path, {
          ...(data && { method: "PUT", body: JSON.stringify({ data }) }),
          headers: { ...headers, ...(data && { "content-type": "application/json" }) }
        })
        return { status: response.status, body: (await response.json()) as any }
      })
  })
)

const running = runningBoard(hotelBooking, memoryBackend)

/** A room, and a booking of it by client 7. */
const bookedBySeven = Effect.gen(function* () {
  const { call, url } = yield* served
  const [manager, seven, eight] = [yield* bearer("Manager"), yield* bearer("Guest", 7), yield* bearer("Guest", 8)]
  assert.strictEqual((yield* call("/mutation/add-room", manager, { room })).status, 201)
  const booked = yield* call("/mutation/book-room", seven, { room, client: { id: 7 }, date })
  assert.strictEqual(booked.status, 201)
  return { call, url, manager, seven, eight, position: booked.body.seq as number }
})

/** The commands of guests, with an input of client 7. */
const commands: Readonly<Record<string, object>> = {
  "/mutation/book-room": { room, client: { id: 7 }, date: "2030-01-02" },
  "/mutation/book-stay": { room, client: { id: 7 }, firstNight: "2030-02-01", nights: 2 },
  "/mutation/cancel-booking": { room, client: { id: 7 }, date },
  "/mutation/move-booking": { room, newRoom: { id: 2 }, client: { id: 7 }, date },
  "/mutation/checkin": { room, client: { id: 7 }, date }
}

describe("A guest", () => {
  it("is tried with every command that says whose things it changes", () => {
    const paths = Board.commandSlices(hotelBooking).flatMap(({ by }) => (by.may ? [by.path] : []))
    assert.sameMembers(Object.keys(commands), paths)
  })

  it.live("may not act for another, whatever the command", () =>
    Effect.gen(function* () {
      const { call, eight } = yield* bookedBySeven
      const log = yield* EventLog
      const before = yield* log.lastPosition()
      for (const headers of [eight, yield* bearer("Guest")]) {
        for (const [path, data] of Object.entries(commands)) {
          const { body, status } = yield* call(path, headers, data)
          assert.deepStrictEqual([status, body.code], [403, "NotPermitted"], path)
          assert.strictEqual((yield* call(`${path}?dryRun=true`, headers, data)).status, 403, path)
        }
      }
      assert.strictEqual(yield* log.lastPosition(), before)
    }).pipe(Effect.scoped, Effect.provide(running))
  )

  it.live("acts for themselves, and the manager for them", () =>
    Effect.gen(function* () {
      const { call, manager, seven } = yield* bookedBySeven
      for (const headers of [seven, manager]) {
        for (const [path, data] of Object.entries(commands)) {
          // Some are rejected by a rule, which is another matter.
          assert.notInclude([401, 403], (yield* call(`${path}?dryRun=true`, headers, data)).status, path)
        }
      }
    }).pipe(Effect.scoped, Effect.provide(running))
  )

  it.live("sees that a night is taken, and who booked it only where they did", () =>
    Effect.gen(function* () {
      const { call, eight, manager, position, seven } = yield* bookedBySeven
      const path = `/rooms/1/nights/${date}?after=${position}`
      const list = (query: string) => `/views/booking?room=1&${query}`
      for (const headers of [seven, manager, yield* bearer("Operator")]) {
        assert.deepStrictEqual((yield* call(path, headers)).body.client, { id: 7 })
        assert.deepStrictEqual((yield* call(list(`after=${position}`), headers)).body.rows[0].client, { id: 7 })
      }
      const one = (yield* call(path, eight)).body
      assert.deepStrictEqual([one.availability, one.client], ["booked", undefined])
      for (const query of [`after=${position}`, `at=${position}`]) {
        const { rows } = (yield* call(list(query), eight)).body
        assert.deepStrictEqual([rows[0].availability, rows[0].client, rows[0].date], ["booked", undefined, date], query)
      }
    }).pipe(Effect.scoped, Effect.provide(running))
  )

  it.live("is notified of changes without their content", () =>
    Effect.gen(function* () {
      const { call, eight, position, seven, url } = yield* bookedBySeven
      const guest = yield* listen(`${url}/events?after=${position}`, eight)
      const operator = yield* listen(`${url}/events?after=${position}`, yield* bearer("Operator"))
      yield* call("/mutation/book-room", seven, { room, client: { id: 7 }, date: "2030-01-03" })
      const next = (yield* Queue.take(guest.events)) as { readonly event: string; readonly data: any }
      assert.strictEqual(next.event, "counts")
      assert.isAbove(next.data.position, position)
      assert.notInclude(JSON.stringify(next.data), "2030")
      assert.strictEqual(((yield* Queue.take(operator.events)) as { readonly event: string }).event, "fact")
    }).pipe(Effect.scoped, Effect.provide(running))
  )

  it.live("is no longer notified of changes when their token has expired", () =>
    Effect.gen(function* () {
      const { url } = yield* bookedBySeven
      // Within the skew that is allowed for clocks, so that it ends at once.
      const text = yield* Effect.promise(() => token({ roles: ["Guest"], expires: -1 }))
      const { events } = yield* listen(`${url}/events`, { authorization: `Bearer ${text}` })
      const ended = Effect.repeat(Effect.flip(Queue.take(events)), { until: (end) => end === "ended" })
      assert.strictEqual(yield* ended, "ended")
    }).pipe(Effect.scoped, Effect.provide(running))
  )
})

describe("An event", () => {
  it.live("names the subject of the caller's token and their role, and not the trace that a guest names", () =>
    Effect.gen(function* () {
      const { call, manager, position } = yield* bookedBySeven
      const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
      const data = { room, client: { id: 7 }, date: "2030-03-01" }
      const { body } = yield* call("/mutation/book-room", { ...manager, traceparent }, data)
      const operator = yield* bearer("Operator")
      const event = (yield* call(`/facts/${body.seq}`, operator)).body
      assert.deepStrictEqual(
        [event.actor, event.authid, event.traceparent],
        ["Manager", "Manager-undefined", undefined]
      )
      const first = (yield* call(`/facts/${position}`, operator)).body
      assert.deepStrictEqual([first.actor, first.authid], ["Guest", "Guest-7"])
      const reaction = Effect.map(call("/facts?type=CleanUpScheduled&limit=1", operator), ({ body }) => body.facts?.[0])
      const scheduled = yield* Effect.repeat(reaction, {
        until: (found) => found !== undefined,
        schedule: Schedule.spaced("10 millis")
      })
      assert.deepStrictEqual([scheduled.actor, scheduled.authid], ["Bot", undefined])
    }).pipe(Effect.scoped, Effect.provide(Layer.fresh(running)))
  )
})
