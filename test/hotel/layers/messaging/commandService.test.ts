import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Board } from "#domain/model/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { freshRoom, Served, servedHotel } from "#test/hotel/support/servedHttp.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { headersOf, NatsClient, natsClient } from "#test/support/natsRequests.ts"

const bookRoom = "cmd.hotel.BookRoom"
const client = { id: 1 }
const date = "2022-12-12"

/** Over HTTP and over NATS, of one hotel in memory. */
const both = natsClient(hotelBooking).pipe(Layer.provideMerge(servedHotel(memoryBackend)), Layer.orDie)

const attributes = { specversion: "1.0", id: "1", source: "https://desk.example", type: "BookRoom" }
const cloudEvents = { "content-type": "application/cloudevents+json" }

layer(both)("A command over NATS", (it) => {
  it.effect("is answered with a receipt, and with the same one if it is repeated", () =>
    Effect.gen(function* () {
      const { request } = yield* NatsClient
      for (const idHeader of ["Idempotency-Key", "idempotency-key", "Nats-Msg-Id"]) {
        const room = yield* freshRoom
        const send = request(bookRoom, { data: { room, client, date } }, { [idHeader]: `id-${room.id}` })
        const { body, headers } = yield* send
        assert.deepStrictEqual([body.duplicate, body.facts[0].type], [false, "RoomBooked"])
        assert.strictEqual(headers["content-type"], "application/json")
        assert.strictEqual(headers["x-correlation-id"], body.correlationId)
        assert.match(headers["etag"]!, /^"\d+@.{12}"$/u)
        assert.deepStrictEqual((yield* send).body, { ...body, duplicate: true })
      }
    })
  )

  it.effect("may be a CloudEvent, structured or binary, with or without a content type", () =>
    Effect.gen(function* () {
      const { request } = yield* NatsClient
      const binary = { "ce-specversion": "1.0", "ce-id": "1", "ce-source": attributes.source, "ce-type": "BookRoom" }
      const json = "application/json"
      const forms = [
        [(data: object) => ({ ...attributes, data }), cloudEvents],
        [(data: object) => ({ ...attributes, data }), {}],
        [(data: object) => data, binary],
        [(data: object) => data, { ...binary, "content-type": json }],
        [(data: object) => data, { ...binary, "CE-DataContentType": json }],
        [(data: object) => data, { ...binary, "content-type": json, "ce-datacontenttype": json }]
      ] as const
      for (const [write, headers] of forms) {
        const room = yield* freshRoom
        const [id, correlationid] = [`${room.id}`, `corr-${room.id}`]
        const isBinary = "ce-id" in headers
        const body = write({ room, client, date })
        const send = isBinary
          ? request(bookRoom, body, { ...headers, "ce-id": id, "ce-correlationid": correlationid })
          : request(bookRoom, { ...body, id, correlationid }, headers)
        const first = yield* send
        assert.strictEqual(first.body.correlationId, correlationid, JSON.stringify(first))
        assert.deepStrictEqual((yield* send).body, { ...first.body, duplicate: true })
      }
    })
  )

  it.effect("is answered as over HTTP, in body and headers, whatever is wrong with it", () =>
    Effect.gen(function* () {
      const { call } = yield* Served
      const { request } = yield* NatsClient
      const room = yield* freshRoom
      const json = { "content-type": "application/json" }
      const data = { room, client, date }
      const deep = `${'{"data":'.repeat(40)}1${"}".repeat(40)}`
      const cases: ReadonlyArray<readonly [code: string | undefined, body: string | object, headers: object]> = [
        [undefined, { data }, { ...json, "idempotency-key": "both" }],
        ["CommandIdReused", { data: { ...data, client: { id: 2 } } }, { ...json, "idempotency-key": "both" }],
        ["RoomAlreadyBooked", { data: { ...data, client: { id: 2 } } }, { ...json, "x-correlation-id": "c" }],
        ["InvalidRequest", { data: { room: { id: 0 }, client: {}, more: 1 }, extra: 1 }, json],
        ["InvalidRequest", { data }, { ...json, "idempotency-key": "a b", "x-correlation-id": "c d" }],
        ["InvalidRequest", { ...attributes, type: "CheckIn", time: "noon", data: { room } }, cloudEvents],
        ["InvalidRequest", data, { ...json, "ce-id": "%FF", "ce-specversion": "2.0", "ce-type": "BookRoom" }],
        ["InvalidRequest", "", json],
        ["InvalidRequest", "[1]", json],
        ["InvalidRequest", "nonsense", json],
        ["InvalidRequest", deep, json],
        ["BodyTooLarge", JSON.stringify({ data, more: "x".repeat(65_536) }), json],
        ["UnsupportedMediaType", { data }, { "content-type": "text/plain" }],
        ["UnsupportedMediaType", { data }, { ...json, "content-encoding": "gzip" }],
        ["UnsupportedMediaType", [attributes], { "content-type": "application/cloudevents-batch+json" }]
      ]
      for (const [code, body, headers] of cases) {
        const text = typeof body === "string" ? body : JSON.stringify(body)
        const overHttp = yield* call("/mutation/book-room", {
          method: "PUT",
          headers: headers as Record<string, string>,
          body: text
        })
        const overNats = yield* request(bookRoom, text, headers as Record<string, string>)
        assert.strictEqual(overHttp.body.code, code, overHttp.text)
        const expected = code === undefined ? { ...overHttp.body, duplicate: true } : overHttp.body
        assert.deepStrictEqual(overNats.body, expected)
        for (const name of ["content-type", "etag", "x-correlation-id"])
          assert.strictEqual(overNats.headers[name] ?? null, overHttp.headers.get(name), name)
        assert.strictEqual(overNats.headers["nats-service-error"], code)
        assert.strictEqual(overNats.headers["nats-service-error-code"], code && `${overHttp.status}`)
      }
    })
  )

  it.effect("may be dry-run, which writes nothing", () =>
    Effect.gen(function* () {
      const { request } = yield* NatsClient
      const log = yield* EventLog
      const room = yield* freshRoom
      const before = yield* log.lastPosition()
      const dryRun = (value: string) => request(bookRoom, { data: { room, client, date } }, { "Dry-Run": value })
      const { body } = yield* dryRun("true")
      assert.deepStrictEqual(
        body.facts.map(({ type }: { readonly type: string }) => type),
        ["RoomBooked"]
      )
      assert.strictEqual((yield* dryRun("yes")).body.errors[0].path, "dry-run")
      assert.strictEqual(yield* log.lastPosition(), before)
    })
  )

  it.effect("without a reply subject is executed; with one that is no inbox it is not", () =>
    Effect.gen(function* () {
      const { nats, request } = yield* NatsClient
      const log = yield* EventLog
      const forged: Array<string> = []
      nats.subscribe("hotel.>", { callback: (_, { subject }) => void forged.push(subject) })
      const publish = (room: object, id: string, reply?: string) =>
        nats.publish(bookRoom, JSON.stringify({ data: { room, client, date } }), {
          headers: headersOf({ "idempotency-key": id }),
          ...(reply !== undefined && { reply })
        })
      const [executed, ignored] = [yield* freshRoom, yield* freshRoom]
      const before = yield* log.lastPosition()
      publish(executed, "executed")
      publish(ignored, "ignored", "hotel.room-night.booking.1_2022-12-13.room-booked")
      // A repetition waits for the first execution on its event stream.
      const { body } = yield* request(
        bookRoom,
        { data: { room: executed, client, date } },
        { "idempotency-key": "executed" }
      )
      assert.isTrue(body.duplicate)
      const fresh = yield* request(
        bookRoom,
        { data: { room: ignored, client, date } },
        { "idempotency-key": "ignored" }
      )
      assert.isFalse(fresh.body.duplicate)
      assert.deepStrictEqual(forged, [])
      assert.isAtLeast((yield* log.lastPosition()) - before, 2)
    })
  )

  it.effect("is an endpoint of a service that answers discovery", () =>
    Effect.gen(function* () {
      const { request } = yield* NatsClient
      yield* request(bookRoom, "{}")
      const { body: ping } = yield* request("$SRV.PING.hotel", "")
      assert.deepStrictEqual([ping.type, ping.name], ["io.nats.micro.v1.ping_response", "hotel"])
      assert.match(ping.version, /^\d+\.\d+\.\d+$/u)
      for (const subject of ["$SRV.PING", `$SRV.PING.hotel.${ping.id}`])
        assert.deepStrictEqual((yield* request(subject, "")).body, ping)

      const { body: info } = yield* request("$SRV.INFO.hotel", "")
      assert.deepInclude(info, { ...ping, type: "io.nats.micro.v1.info_response", description: "Hotel booking" })
      const endpoints = new Map(info.endpoints.map((endpoint: { name: string }) => [endpoint.name, endpoint]))
      const commands = Board.commandSlices(hotelBooking).map(({ command }): string => command.name)
      assert.sameMembers([...endpoints.keys()], commands)
      assert.deepStrictEqual(endpoints.get("BookRoom"), {
        name: "BookRoom",
        subject: bookRoom,
        queue_group: "q",
        metadata: {
          description: "User books the room",
          actor: "Guest",
          schema: "/openapi.json#/components/schemas/BookRoom"
        }
      })

      const { body: stats } = yield* request("$SRV.STATS.hotel", "")
      const booking = stats.endpoints.find(({ name }: { readonly name: string }) => name === "BookRoom")
      assert.deepInclude(booking, { subject: bookRoom, queue_group: "q", last_error: "400 InvalidRequest" })
      assert.isAtLeast(booking.num_requests, booking.num_errors)
      assert.isAtLeast(booking.num_errors, 1)
      assert.isTrue(Number.isInteger(booking.processing_time))
    })
  )

  it.effect("has its schema where its endpoint says", () =>
    Effect.gen(function* () {
      const { openapi } = yield* Served
      const { request } = yield* NatsClient
      const { body } = yield* request("$SRV.INFO.hotel", "")
      for (const { metadata, name } of body.endpoints) {
        assert.strictEqual(metadata.schema, `/openapi.json#/components/schemas/${name}`)
        assert.property(openapi["components"].schemas, name)
      }
    })
  )
})

const withLimits = (options: Parameters<typeof natsClient>[1]) =>
  natsClient(hotelBooking, options).pipe(Layer.provideMerge(runningBoard(hotelBooking, memoryBackend)), Layer.orDie)

describe("The limits of commands over NATS", () => {
  it.effect("are one for the rejected commands of all clients", () =>
    Effect.gen(function* () {
      const { request } = yield* NatsClient
      const reject = (id: number) => request("cmd.hotel.BookRoom", { data: { room: { id }, client, date } })
      const codes = yield* Effect.forEach([901, 902, 903], (id) =>
        Effect.map(reject(id), ({ body, headers }) => [body.code, headers["retry-after"]])
      )
      assert.deepStrictEqual(codes, [
        ["RoomUnknown", undefined],
        ["RoomUnknown", undefined],
        ["TooManyRefusals", "30"]
      ])
    }).pipe(Effect.provide(withLimits({ rejectionsPerMinute: 2 })))
  )

  it.effect("are a number of commands at once", () =>
    Effect.gen(function* () {
      const { request } = yield* NatsClient
      const { body, headers } = yield* request("cmd.hotel.AddRoom", { data: { room: { id: 1 } } })
      assert.deepInclude(body, { code: "Contended", status: 503 })
      assert.strictEqual(headers["retry-after"], "1")
    }).pipe(Effect.provide(withLimits({ maxConcurrent: 0 })))
  )
})
