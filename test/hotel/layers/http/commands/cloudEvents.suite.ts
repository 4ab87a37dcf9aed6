import { assert, type Vitest } from "@effect/vitest"
import { CloudEvent, HTTP } from "cloudevents"
import { Effect } from "effect"
import { freshRoom, Served } from "#test/hotel/support/servedHttp.ts"

const path = "/mutation/book-room"
const client = { id: 1 }
const date = "2022-12-12"
const valid = { specversion: "1.0", id: "an-id", source: "/a/desk", type: "BookRoom" }
const structured = { "content-type": "application/cloudevents+json" }

const eventOf = (room: { readonly id: number }, more: object = {}) =>
  new CloudEvent({
    id: `event-${room.id}`,
    source: "/a/desk",
    type: "BookRoom",
    data: { room, client, date },
    correlationid: "a-stay",
    ...more
  })

const errorPaths = (body: any) => new Set(body.errors.map((error: { path: string }) => error.path))

/** Invalid structured events, or events of another command, with the paths of their errors. */
const invalidEvents: ReadonlyArray<readonly [name: string, event: object, paths: ReadonlyArray<string>]> = [
  ["with nothing but data", {}, ["specversion", "id", "source", "type"]],
  ["of another command", { ...valid, type: "CheckIn" }, ["type"]],
  ["of an event type of the board", { ...valid, type: "RoomBooked" }, ["type"]],
  ["of another version", { ...valid, specversion: "0.3" }, ["specversion"]],
  ["without an id", { ...valid, id: "" }, ["id"]],
  ["with a null id", { ...valid, id: null }, ["id"]],
  ["with an id that holds a control character", { ...valid, id: "a\u0007b" }, ["id"]],
  ["with an id that holds half a character", { ...valid, id: "\ud800" }, ["id"]],
  ["with an invalid time", { ...valid, time: "yesterday" }, ["time"]],
  ["of an impossible time", { ...valid, time: "2022-13-45T10:00:00Z" }, ["time"]],
  ["with a source that is no URI", { ...valid, source: "not a uri ^^" }, ["source"]],
  ["with data that is not JSON", { ...valid, datacontenttype: "text/plain" }, ["datacontenttype"]],
  ["with an invalid extension name", { ...valid, Desk: "3" }, ["body"]],
  ["with an invalid URI scheme", { ...valid, source: "1a://x y" }, ["source"]],
  ["with a broken escape in its source", { ...valid, source: "/a%zz" }, ["source"]],
  ["with a schema that is no URI", { ...valid, dataschema: "a b" }, ["dataschema"]],
  ["of the 61st second of an hour", { ...valid, time: "2016-12-31T10:59:60Z" }, ["time"]],
  ["of an impossible offset", { ...valid, time: "2016-12-31T10:59:00+24:00" }, ["time"]],
  ["of a day that its month does not have", { ...valid, time: "2023-02-29T10:00:00Z" }, ["time"]],
  ["with an extension that is a list", { ...valid, desk: [1] }, ["desk"]],
  ["with an extension that is an object", { ...valid, desk: {} }, ["desk"]],
  ["with an extension that is a fraction", { ...valid, desk: 1.5 }, ["desk"]],
  ["with an extension of more than 32 bits", { ...valid, desk: 2 ** 31 }, ["desk"]],
  ["with an extension named with a dash", { ...valid, "a-b": "3" }, ["body"]],
  ["with data in base64 as well", { ...valid, data_base64: "e30=" }, ["data_base64"]],
  ["with an unbounded correlation id", { ...valid, correlationid: "x".repeat(129) }, ["correlationid"]]
]

/** Commands as CloudEvents, encoded by the official SDK. */
export const cloudEvents = (it: Vitest.MethodsNonLive<Served>) => {
  for (const mode of ["structured", "binary"] as const) {
    it.effect(`a CloudEvent in ${mode} mode is a command; its id is the command's`, () =>
      Effect.gen(function* () {
        const { call } = yield* Served
        const message = HTTP[mode](eventOf(yield* freshRoom))
        const sent = { method: "PUT", headers: message.headers as Record<string, string>, body: message.body as string }
        const first = yield* call(path, sent)
        assert.deepStrictEqual([first.status, first.body.correlationId], [201, "a-stay"])
        const again = yield* call(path, sent)
        assert.deepStrictEqual([again.status, again.body], [201, { ...first.body, duplicate: true }])
      })
    )

    it.effect(`an Idempotency-Key of an event in ${mode} mode has to be its id`, () =>
      Effect.gen(function* () {
        const { call } = yield* Served
        const room = yield* freshRoom
        const { headers, body } = HTTP[mode](eventOf(room))
        const send = (key: string) =>
          call(path, {
            method: "PUT",
            headers: { ...(headers as Record<string, string>), "idempotency-key": key },
            body: body as string
          })
        const differs = yield* send("another")
        assert.deepStrictEqual([differs.status, errorPaths(differs.body)], [400, new Set(["idempotency-key"])])
        assert.strictEqual((yield* send(`"event-${room.id}"`)).status, 201)
      })
    )
  }

  it.effect.each(["application/cloudevents+json; charset=UTF-8", "Application/CloudEvents+JSON"])(
    "%s is a structured event",
    (contentType) =>
      Effect.gen(function* () {
        const { put } = yield* Served
        const room = yield* freshRoom
        const answer = yield* put(path, eventOf(room).toString(), { "content-type": contentType })
        assert.strictEqual(answer.status, 201)
      })
  )

  it.effect.each(invalidEvents)("400 for an event %s", ([, event, paths]) =>
    Effect.gen(function* () {
      const { put } = yield* Served
      const answer = yield* put(path, { ...event, data: { room: { id: 1 }, client, date } }, structured)
      assert.deepStrictEqual([answer.status, errorPaths(answer.body)], [400, new Set(paths)])
    })
  )

  it.effect("400 lists errors in the data together with errors in the attributes", () =>
    Effect.gen(function* () {
      const { put } = yield* Served
      const data = { room: { id: 0 }, client, date: "2029-02-30", x: 1 }
      const inBody = yield* put(path, { ...valid, type: "CheckIn", data }, structured)
      assert.deepStrictEqual(errorPaths(inBody.body), new Set(["type", "data.room.id", "data.date", "data.x"]))
      const inHeaders = yield* put(path, data, { "ce-id": "1", "ce-type": "CheckIn", "ce-source": "/x" })
      assert.deepStrictEqual(
        errorPaths(inHeaders.body),
        new Set(["ce-specversion", "ce-type", "data.room.id", "data.date", "data.x"])
      )
    })
  )

  it.effect("an attribute that is null counts as absent; extensions are allowed", () =>
    Effect.gen(function* () {
      const { put } = yield* Served
      const data = { room: yield* freshRoom, client, date }
      const event = { ...valid, id: `null-${data.room.id}`, subject: null, time: null, desk: 3, data }
      assert.strictEqual((yield* put(path, event, structured)).status, 201)
    })
  )

  it.effect.each<readonly [string, object]>([
    ["a time in lower case", { time: "2022-12-12t10:00:00z" }],
    ["a leap second", { time: "2016-12-31T23:59:60Z" }],
    ["a leap second east of Greenwich", { time: "2017-01-01T08:59:60.5+09:00" }],
    ["a leap day", { time: "2024-02-29T10:00:00-12:34" }],
    ["a +json media type", { datacontenttype: "application/vnd.hotel+json; charset=utf-8" }],
    ["a source that is relative", { source: "desk" }],
    ["a source that is a URN", { source: "urn:uuid:6f9619ff-8b86-4d01-b42d-00cf4fc964ff" }],
    ["a source with everything", { source: "https://u@[::1]:8080/a/b;c=1?d=e/?f#g" }],
    ["an id outside ASCII", { id: "Zoë 🏨" }],
    ["extensions of each type", { floor: -3, vip: true, note: "", other: null }]
  ])("an event with %s is a command", ([, more]) =>
    Effect.gen(function* () {
      const { put } = yield* Served
      const room = yield* freshRoom
      const event = { ...valid, id: `of-${room.id}`, ...more, data: { room, client, date } }
      const first = yield* put(path, event, structured)
      assert.strictEqual(first.status, 201, first.text)
      assert.strictEqual((yield* put(path, event, structured)).body.duplicate, true)
    })
  )

  it.effect("an event is identified by its source and id together", () =>
    Effect.gen(function* () {
      const { put } = yield* Served
      const room = yield* freshRoom
      const other = yield* freshRoom
      const event = { ...valid, id: `same-${room.id}`, data: { room, client, date } }
      assert.strictEqual((yield* put(path, event, structured)).status, 201)
      const otherSource = yield* put(
        path,
        { ...event, source: "/another/desk", data: { room: other, client, date } },
        structured
      )
      assert.deepStrictEqual([otherSource.status, otherSource.body.duplicate], [201, false])
      const reused = yield* put(path, { ...event, data: { room: yield* freshRoom, client, date } }, structured)
      assert.deepStrictEqual([reused.status, reused.body.code], [422, "CommandIdReused"])
      const key = { "idempotency-key": `same-${room.id}` }
      const plain = yield* put(path, { data: { room: yield* freshRoom, client, date } }, key)
      assert.deepStrictEqual([plain.status, plain.body.duplicate], [201, false])
    })
  )

  it.effect("data may be base64 of JSON", () =>
    Effect.gen(function* () {
      const { put } = yield* Served
      const data = { room: yield* freshRoom, client, date }
      const base64 = (text: string | Uint8Array) => Buffer.from(text).toString("base64")
      const event = { ...valid, id: `base64-${data.room.id}`, data_base64: base64(JSON.stringify(data)) }
      assert.strictEqual((yield* put(path, event, structured)).status, 201)
      for (const data_base64 of ["e30", "%%%", 5, base64("no json"), base64(Uint8Array.of(0x22, 0xff, 0x22))]) {
        const answer = yield* put(path, { ...event, data_base64 }, structured)
        assert.deepStrictEqual([answer.status, errorPaths(answer.body)], [400, new Set(["data_base64"])])
      }
    })
  )

  it.effect("attributes in headers may be quoted, and percent-encoded in UTF-8", () =>
    Effect.gen(function* () {
      const { put } = yield* Served
      const room = yield* freshRoom
      const headers = (id: string) => ({
        "ce-specversion": "1.0",
        "ce-type": '"BookRoom"',
        "ce-source": "/x",
        "ce-subject": "caf%C3%A9",
        "ce-id": id
      })
      const data = { room, client, date }
      const quotedId = `"\\"${room.id}\\" a%25b caf%c3%A9"`
      const answer = yield* put(path, data, headers(quotedId))
      assert.strictEqual(answer.status, 201, answer.text)
      const event = { ...valid, source: "/x", id: `"${room.id}" a%b café`, data }
      assert.strictEqual((yield* put(path, event, structured)).body.duplicate, true)
      for (const id of ["%ff", "%ed%a0%80", "caf\u00e9", ""]) {
        const invalid = yield* put(path, data, headers(id))
        assert.deepStrictEqual([invalid.status, errorPaths(invalid.body)], [400, new Set(["ce-id"])], id)
      }
    })
  )

  it.effect("the content type of a binary event may be any JSON type, and ce-datacontenttype is invalid", () =>
    Effect.gen(function* () {
      const { put } = yield* Served
      const room = yield* freshRoom
      const headers = {
        "content-type": "application/vnd.hotel+json",
        "ce-specversion": "1.0",
        "ce-type": "BookRoom",
        "ce-source": "/x",
        "ce-id": `own-${room.id}`
      }
      const data = { room, client, date }
      const twice = yield* put(path, data, { ...headers, "ce-datacontenttype": "application/json" })
      assert.deepStrictEqual([twice.status, errorPaths(twice.body)], [400, new Set(["ce-datacontenttype"])])
      assert.strictEqual((yield* put(path, data, headers)).status, 201)
      assert.strictEqual((yield* put(path, data, { "content-type": "application/vnd.hotel+json" })).status, 415)
    })
  )

  it.effect("415 for a batch of events, with what to send instead", () =>
    Effect.gen(function* () {
      const { put } = yield* Served
      const batch = [{ ...valid, data: { room: { id: 1 }, client, date } }]
      const answer = yield* put(path, batch, { "content-type": "application/cloudevents-batch+json; charset=utf-8" })
      assert.strictEqual(answer.status, 415)
      assert.match(answer.body.detail, /batch.*each event in a request of its own/u)
      const avro = yield* put(path, batch, { "content-type": "application/cloudevents+avro", "ce-id": "1" })
      assert.strictEqual(avro.status, 415)
    })
  )
}
