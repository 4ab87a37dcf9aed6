import { assert, type Vitest } from "@effect/vitest"
import { CloudEvent, HTTP } from "cloudevents"
import { Effect } from "effect"
import { freshRoom, Served } from "../support/http.ts"

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

const wrongIn = (body: any) => new Set(body.errors.map((wrong: { path: string }) => wrong.path))

/** Structured events that are none, or not this command, and where each is wrong. */
const notEvents: ReadonlyArray<readonly [name: string, event: object, paths: ReadonlyArray<string>]> = [
  ["nothing but data", {}, ["specversion", "id", "source", "type"]],
  ["of another command", { ...valid, type: "CheckIn" }, ["type"]],
  ["of a fact", { ...valid, type: "RoomBooked" }, ["type"]],
  ["of another version", { ...valid, specversion: "0.3" }, ["specversion"]],
  ["without an id", { ...valid, id: "" }, ["id"]],
  ["with a null id", { ...valid, id: null }, ["id"]],
  ["with a blank id", { ...valid, id: "a b" }, ["id"]],
  ["with a time that is none", { ...valid, time: "yesterday" }, ["time"]],
  ["of an impossible time", { ...valid, time: "2022-13-45T10:00:00Z" }, ["time"]],
  ["with a source that is no URI", { ...valid, source: "not a uri ^^" }, ["source"]],
  ["with data that is not JSON", { ...valid, datacontenttype: "text/plain" }, ["datacontenttype"]],
  ["with an extension that may not be called so", { ...valid, Desk: "3" }, ["body"]],
  ["with an unbounded correlation id", { ...valid, correlationid: "x".repeat(129) }, ["correlationid"]]
]

/** Commands as CloudEvents, made by the SDK of that standard. */
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

    it.effect(`an Idempotency-Key beside an event in ${mode} mode is its id`, () =>
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
        assert.deepStrictEqual([differs.status, wrongIn(differs.body)], [400, new Set(["idempotency-key"])])
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

  it.effect.each(notEvents)("400 for an event %s", ([, event, paths]) =>
    Effect.gen(function* () {
      const { put } = yield* Served
      const answer = yield* put(path, { ...event, data: { room: { id: 1 }, client, date } }, structured)
      assert.deepStrictEqual([answer.status, wrongIn(answer.body)], [400, new Set(paths)])
    })
  )

  it.effect("what is wrong with the data is named beside what is wrong with the event", () =>
    Effect.gen(function* () {
      const { put } = yield* Served
      const data = { room: { id: 0 }, client, date: "2029-02-30", x: 1 }
      const inBody = yield* put(path, { ...valid, type: "CheckIn", data }, structured)
      assert.deepStrictEqual(wrongIn(inBody.body), new Set(["type", "data.room.id", "data.date", "data.x"]))
      const inHeaders = yield* put(path, data, { "ce-id": "1", "ce-type": "CheckIn", "ce-source": "/x" })
      assert.deepStrictEqual(
        wrongIn(inHeaders.body),
        new Set(["ce-specversion", "ce-type", "data.room.id", "data.date", "data.x"])
      )
    })
  )

  it.effect("an attribute that is null is as if it were not there; an extension may be", () =>
    Effect.gen(function* () {
      const { put } = yield* Served
      const data = { room: yield* freshRoom, client, date }
      const event = { ...valid, id: `null-${data.room.id}`, subject: null, time: null, desk: 3, data }
      assert.strictEqual((yield* put(path, event, structured)).status, 201)
    })
  )

  it.effect("data in base64 is no data", () =>
    Effect.gen(function* () {
      const { put } = yield* Served
      const answer = yield* put(path, { ...valid, data_base64: "e30=" }, structured)
      assert.deepStrictEqual([answer.status, wrongIn(answer.body)], [400, new Set(["data"])])
    })
  )

  it.effect("attributes in headers may be percent-encoded", () =>
    Effect.gen(function* () {
      const { put } = yield* Served
      const room = yield* freshRoom
      const headers = {
        "ce-specversion": "1.0",
        "ce-type": "BookRoom",
        "ce-source": "/x",
        "ce-subject": "caf%C3%A9",
        "ce-id": "a%25b"
      }
      const answer = yield* put(path, { room, client, date }, headers)
      assert.strictEqual(answer.status, 201)
      const again = yield* put(path, { data: { room, client, date } }, { "idempotency-key": "a%b" })
      assert.strictEqual(again.body.duplicate, true)
    })
  )
}
