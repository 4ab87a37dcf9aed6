import { assert, type Vitest } from "@effect/vitest"
import { Effect } from "effect"
import { type Answer, freshRoom, Served } from "#test/hotel/support/servedHttp.ts"

const path = "/mutation/book-room"
const data = { room: { id: 1 }, client: { id: 1 }, date: "2022-12-12" }

const codeOf = ({ status, body }: Answer) => [status, body.code]
const errorPaths = ({ body }: Answer) => new Set(body.errors.map((error: { path: string }) => error.path))

/** Invalid bodies, with the paths of their errors. */
const malformed: ReadonlyArray<readonly [name: string, body: string, paths: ReadonlyArray<string>]> = [
  ["nothing", "", ["body"]],
  ["blanks", "  \n", ["body"]],
  ["bad JSON", '{"data":', ["body"]],
  ["an array", "[]", ["body"]],
  ["a number", "5", ["body"]],
  ["null", "null", ["body"]],
  ["an empty object", "{}", ["data"]],
  ["empty data", '{"data":{}}', ["data.room", "data.client", "data.date"]],
  ["data that is an array", '{"data":[]}', ["data"]],
  ["data without its envelope", JSON.stringify(data), ["data", "room", "client", "date"]],
  ["no id", JSON.stringify({ data: { ...data, room: {} } }), ["data.room.id"]],
  ["a room of text", JSON.stringify({ data: { ...data, room: { id: "1" } } }), ["data.room.id"]],
  ["room 0", JSON.stringify({ data: { ...data, room: { id: 0 } } }), ["data.room.id"]],
  ["room 10000", JSON.stringify({ data: { ...data, room: { id: 10_000 } } }), ["data.room.id"]],
  ["half a room", JSON.stringify({ data: { ...data, room: { id: 1.5 } } }), ["data.room.id"]],
  ["an infinite number", '{"data":{"room":{"id":1e999},"client":{"id":1},"date":"2022-12-12"}}', ["data.room.id"]],
  ["30 February", JSON.stringify({ data: { ...data, date: "2029-02-30" } }), ["data.date"]],
  ["29 February outside a leap year", JSON.stringify({ data: { ...data, date: "2023-02-29" } }), ["data.date"]],
  ["a date with a time", JSON.stringify({ data: { ...data, date: "2022-12-12T00:00:00Z" } }), ["data.date"]],
  ["an unknown field", JSON.stringify({ data: { ...data, nights: 2 } }), ["data.nights"]],
  ["__proto__", '{"data":{"__proto__":{},"room":{"id":1},"client":{"id":1},"date":"2022-12-12"}}', ["data.__proto__"]],
  ["an empty correlation id", JSON.stringify({ data, correlationId: "" }), ["correlationId"]],
  ["a long correlation id", JSON.stringify({ data, correlationId: "x".repeat(129) }), ["correlationId"]],
  ["a correlation id with a line break", JSON.stringify({ data, correlationId: "a\r\nb" }), ["correlationId"]],
  ["33 levels", `{"data":${"[".repeat(32)}${"]".repeat(32)}}`, ["body"]],
  ["60,000 levels", "[".repeat(60_000), ["body"]],
  [
    "everything at once",
    JSON.stringify({ data: { room: { id: -1, x: 1 }, clint: {}, date: "2029-02-30" }, correlationId: 5, y: 1 }),
    ["data.room.id", "data.room.x", "data.clint", "data.client", "data.date", "correlationId", "y"]
  ]
]

const contentTypes = [
  "text/plain",
  "application/x-www-form-urlencoded",
  "application/json; charset=latin1",
  "application/xml",
  "application/cloudevents-batch+json",
  "application/jsonp",
  "json"
]

const chunksOf = (bytes: number) => {
  let remaining = bytes
  return new ReadableStream({
    pull(controller) {
      if (remaining <= 0) return controller.close()
      controller.enqueue(new Uint8Array(Math.min(remaining, 8_192)).fill(0x20))
      remaining -= 8_192
    }
  })
}

/** Invalid requests, and the problems that they get. */
export const problems = (it: Vitest.MethodsNonLive<Served>) => {
  it.effect.each(malformed)("400 lists every error: %s", ([, body, paths]) =>
    Effect.gen(function* () {
      const { put } = yield* Served
      const answer = yield* put(path, body)
      assert.deepStrictEqual(codeOf(answer), [400, "InvalidRequest"])
      assert.deepStrictEqual(errorPaths(answer), new Set(paths))
    })
  )

  it.effect("400 for text that is not UTF-8", () =>
    Effect.gen(function* () {
      const { call } = yield* Served
      const headers = { "content-type": "application/json" }
      const answer = yield* call(path, { method: "PUT", headers, body: new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]) })
      assert.deepStrictEqual(answer.body.errors, [{ path: "body", message: "Expected text in UTF-8" }])
    })
  )

  it.effect("400 lists at most a hundred errors, and counts the rest", () =>
    Effect.gen(function* () {
      const { put } = yield* Served
      const many = Object.fromEntries(Array.from({ length: 4_000 }, (_, n) => [`k${n}`, n]))
      const answer = yield* put(path, { data: { ...data, ...many } })
      assert.lengthOf(answer.body.errors, 100)
      assert.include(answer.body.detail, "4000")
    })
  )

  it.effect("400 lists errors in headers, parameters and path segments too", () =>
    Effect.gen(function* () {
      const { put, call } = yield* Served
      const long = "x".repeat(129)
      const headers = { "idempotency-key": long, "x-correlation-id": long }
      assert.deepStrictEqual(
        errorPaths(yield* put(path, { data: {} }, headers)),
        new Set(["data.room", "data.client", "data.date", "idempotency-key", "x-correlation-id"])
      )
      const answer = yield* call("/rooms/01/nights/2029-02-30?after=-1&before=3")
      assert.deepStrictEqual(errorPaths(answer), new Set(["room", "date", "after", "before"]))
      for (const after of ["", "x", "1.5", "1e3", "0x10", "00", "9007199254740993", "1&after=2"]) {
        assert.deepStrictEqual(errorPaths(yield* call(`/rooms?after=${after}`)), new Set(["after"]), after)
      }
      for (const room of ["0", "10000", "%20", "1.0", "1e0", "+1", "x".repeat(2_000), "%F0%9F%98%80", "1%2F2"]) {
        assert.deepStrictEqual(errorPaths(yield* call(`/rooms/${room}/nights/2022-12-12`)), new Set(["room"]), room)
      }
    })
  )

  it.effect("404 for an unknown path", () =>
    Effect.gen(function* () {
      const { call, put } = yield* Served
      for (const missingPath of [
        "/",
        "/nope",
        "/rooms/",
        "/Rooms",
        "//rooms",
        "/rooms/1",
        "/rooms/%ZZ/nights/2022-12-12"
      ]) {
        assert.deepStrictEqual(codeOf(yield* call(missingPath)), [404, "RouteNotFound"], missingPath)
      }
      assert.deepStrictEqual(codeOf(yield* put("/mutation/book-rooms", { data })), [404, "RouteNotFound"])
    })
  )

  it.effect("405 for an unsupported method, with the supported ones", () =>
    Effect.gen(function* () {
      const { call } = yield* Served
      for (const method of ["GET", "POST", "DELETE", "PATCH"]) {
        const answer = yield* call(path, { method })
        assert.deepStrictEqual(codeOf(answer), [405, "MethodNotAllowed"])
        assert.strictEqual(answer.headers.get("allow"), "OPTIONS, PUT")
      }
      const answer = yield* call("/rooms/1/nights/2022-12-12", { method: "PUT" })
      assert.strictEqual(answer.headers.get("allow"), "GET, HEAD, OPTIONS")
      assert.strictEqual((yield* call("/docs", { method: "DELETE" })).status, 405)
    })
  )

  it.effect("HEAD is GET without its body; OPTIONS lists the methods", () =>
    Effect.gen(function* () {
      const { call } = yield* Served
      const get = yield* call("/rooms")
      const head = yield* call("/rooms", { method: "HEAD" })
      assert.deepStrictEqual([head.status, head.text], [200, ""])
      assert.strictEqual(head.headers.get("content-length"), get.headers.get("content-length"))
      assert.deepStrictEqual([(yield* call(path, { method: "HEAD" })).status], [405])
      const options = yield* call(path, { method: "OPTIONS" })
      assert.deepStrictEqual([options.status, options.headers.get("allow")], [204, "OPTIONS, PUT"])
      assert.strictEqual((yield* call("/nope", { method: "OPTIONS" })).status, 404)
    })
  )

  it.effect.each(contentTypes)("415 for %s, with the supported types", (contentType) =>
    Effect.gen(function* () {
      const { put } = yield* Served
      const answer = yield* put(path, { data }, { "content-type": contentType })
      assert.deepStrictEqual(codeOf(answer), [415, "UnsupportedMediaType"])
      assert.strictEqual(answer.headers.get("accept"), "application/json, application/cloudevents+json")
    })
  )

  it.effect("415 for no content type, and for a compressed body", () =>
    Effect.gen(function* () {
      const { call, put } = yield* Served
      const untyped = yield* call(path, { method: "PUT", body: new Uint8Array([0x7b, 0x7d]) })
      assert.deepStrictEqual(codeOf(untyped), [415, "UnsupportedMediaType"])
      const zipped = yield* put(path, { data }, { "content-encoding": "gzip" })
      assert.deepStrictEqual(codeOf(zipped), [415, "UnsupportedMediaType"])
    })
  )

  it.effect.each(["application/json;charset=UTF-8", 'APPLICATION/JSON ; charset="utf-8"', "application/json; v=1"])(
    "%s is JSON",
    (contentType) =>
      Effect.gen(function* () {
        const { put } = yield* Served
        const room = yield* freshRoom
        const answer = yield* put(path, { data: { ...data, room } }, { "content-type": contentType })
        assert.strictEqual(answer.status, 201)
      })
  )

  it.effect("413 for a body over 64 KiB, with a Content-Length or in chunks", () =>
    Effect.gen(function* () {
      const { call, put } = yield* Served
      const headers = { "content-type": "application/json" }
      const padded = (bytes: number) => JSON.stringify({ data }).padEnd(bytes)
      assert.deepStrictEqual(codeOf(yield* put(path, padded(64 * 1024 + 1))), [413, "BodyTooLarge"])
      assert.notStrictEqual((yield* put(path, padded(64 * 1024))).status, 413)
      const chunked = yield* call(path, { method: "PUT", headers, body: chunksOf(128 * 1024) })
      assert.deepStrictEqual(codeOf(chunked), [413, "BodyTooLarge"])
      const small = yield* call(path, { method: "PUT", headers, body: chunksOf(1024) })
      assert.deepStrictEqual(codeOf(small), [400, "InvalidRequest"])
    })
  )

  it.effect("409 for a rejection, with its own fields", () =>
    Effect.gen(function* () {
      const { put } = yield* Served
      const { body } = yield* put(path, { data: { ...data, room: { id: 9_999 } }, correlationId: "a-b" })
      assert.deepStrictEqual(body, {
        type: "/docs#model/roomunknown",
        title: "Room unknown",
        status: 409,
        code: "RoomUnknown",
        detail: "The hotel has no such room. Choose one from its list of rooms.",
        correlationId: "a-b",
        room: { id: 9_999 }
      })
    })
  )
}
