import { assert, type Vitest } from "@effect/vitest"
import { Ajv } from "ajv"
import formats from "ajv-formats"
import { Ajv2020 } from "ajv/dist/2020.js"
import { Effect, Schedule } from "effect"
import { Night } from "#domain/values.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { publishedSchemas } from "#layers/asyncapi/publishedSchemas.ts"
import { freshRoom, Served } from "#test/hotel/support/servedHttp.ts"

const date = Night.make("2034-05-06")
const client = { id: 12 }

/** The AsyncAPI document, schemas, and the newest message of each channel. */
export const asyncApi = (it: Vitest.MethodsNonLive<Served>) => {
  it.effect("the AsyncAPI document is static content", () =>
    Effect.gen(function* () {
      const { call } = yield* Served
      const { body, headers } = yield* call("/asyncapi.json")
      assert.strictEqual(body.asyncapi, "3.1.0")
      const again = yield* call("/asyncapi.json", { headers: { "if-none-match": headers.get("etag")! } })
      assert.strictEqual(again.status, 304)
    })
  )

  it.effect("every dataschema has a JSON Schema, which other paths list", () =>
    Effect.gen(function* () {
      const { call } = yield* Served
      const published = publishedSchemas(hotelBooking)
      for (const { schema, type, version } of published) {
        const { body, headers, status } = yield* call(`/schemas/${type}/${version}`)
        assert.deepStrictEqual([status, headers.get("content-type")], [200, "application/schema+json"])
        assert.deepStrictEqual([body.$id, body], [`urn:hotel:schema:${type}:${version}`, schema])
        new Ajv2020({ strict: false, validateFormats: false }).compile(body)
        const etag = headers.get("etag")!
        const again = yield* call(`/schemas/${type}/${version}`, { headers: { "if-none-match": etag } })
        assert.strictEqual(again.status, 304)
      }
      for (const path of ["/schemas/RoomBooked/2", "/schemas/RoomBooked/x", "/schemas/Nope/1"]) {
        const { body, status } = yield* call(path)
        assert.deepStrictEqual([status, body.code], [404, "NoSuchSchema"])
        assert.sameMembers(
          body.known,
          published.map(({ type, version }) => `${type}/${version}`)
        )
      }
      const { body } = yield* call("/schemas/RoomBooked/1", { headers: { accept: "text/html" } })
      assert.deepStrictEqual(body.available, ["application/schema+json"])
    })
  )

  it.effect("the newest message of each channel is as the AsyncAPI document describes it", () =>
    Effect.gen(function* () {
      const { call, client: hotel } = yield* Served
      const room = yield* freshRoom
      const { facts, seq } = yield* hotel.commands.BookRoom({ room, client, date })
      const key = `${room.id}_${date}`
      const { body } = yield* call("/channels").pipe(
        Effect.repeat({
          until: ({ body }) => body.newest["lane.room-booking"]?.subject === `booking.${room.id}.${date}.${key}`,
          schedule: Schedule.spaced("20 millis")
        })
      )
      assert.isAtLeast(body.position, seq)
      assert.strictEqual(body.log, (yield* call("/operations")).body.log)
      const [log, lane] = [body.newest["log.room-booking"], body.newest["lane.room-booking"]]
      assert.deepInclude(log, { stream: "hotel", subject: facts[0]!.subject, sequence: seq })
      assert.deepInclude(lane, { stream: "room-booking", payload: { room, client, date } })
      assert.strictEqual(lane.headers["ce-id"], facts[0]!.id)
      assert.strictEqual(new Date(log.time).toISOString().slice(0, 4), String(new Date().getUTCFullYear()))

      const document = (yield* call("/asyncapi.json")).body
      assert.sameMembers(
        Object.keys(body.newest),
        Object.keys(document.channels).filter((name) => /^(?:log|lane)\./u.test(name))
      )
      const ajv = new Ajv({ strict: false }).addSchema(document, "document")
      formats.default(ajv)
      for (const [channel, message] of Object.entries<any>(body.newest)) {
        if (message === null) continue
        const type = message.headers["ce-type"]
        assert.property(document.channels[channel].messages, type)
        for (const part of ["headers", "payload"])
          assert.isTrue(
            ajv.validate(`document#/components/messages/${type}/${part}`, message[part]),
            `${channel}, ${part}: ${ajv.errorsText()}`
          )
        assert.isNotEmpty(message.subject.match(/^[\w.=-]+$/u))
      }
    })
  )
}
