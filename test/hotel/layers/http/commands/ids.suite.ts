import { assert, type Vitest } from "@effect/vitest"
import { Effect } from "effect"
import { freshRoom, Served } from "#test/hotel/support/servedHttp.ts"

const path = "/mutation/book-room"
const client = { id: 1 }
const date = "2022-12-12"

/** Command ids and correlation ids of clients. */
export const ids = (it: Vitest.MethodsNonLive<Served>) => {
  it.effect("a repeated key gets the first response, and appends nothing", () =>
    Effect.gen(function* () {
      const { put } = yield* Served
      const room = yield* freshRoom
      const key = `key-${room.id}`
      const data = { room, client, date }
      const first = yield* put(path, { data }, { "idempotency-key": key })
      const again = yield* put(path, { data }, { "idempotency-key": key })
      const quoted = yield* put(path, { data }, { "idempotency-key": `"${key}"` })
      assert.strictEqual(first.status, 201)
      assert.strictEqual(again.status, 201)
      assert.deepStrictEqual(again.body, { ...first.body, duplicate: true })
      assert.deepStrictEqual(quoted.body, again.body)
      assert.strictEqual(again.headers.get("etag"), first.headers.get("etag"))
    })
  )

  it.effect("the same key with another body or another command is 422", () =>
    Effect.gen(function* () {
      const { put } = yield* Served
      const room = yield* freshRoom
      const key = { "idempotency-key": `key-${room.id}` }
      assert.strictEqual((yield* put(path, { data: { room, client, date } }, key)).status, 201)
      const otherBody = yield* put(path, { data: { room, client: { id: 2 }, date } }, key)
      assert.deepStrictEqual([otherBody.status, otherBody.body.code], [422, "CommandIdReused"])
      assert.strictEqual(otherBody.body.commandId, `key-${room.id}`)
      const otherNight = yield* put(path, { data: { room, client, date: "2022-12-13" } }, key)
      assert.deepStrictEqual([otherNight.status, otherNight.body.code], [422, "CommandIdReused"])
      const otherCommand = yield* put("/mutation/cleanup", { data: { room, date } }, key)
      assert.deepStrictEqual([otherCommand.status, otherCommand.body.code], [422, "CommandIdReused"])
    })
  )

  it.effect.each(["a b", '"a', '"a\\b"', "é", "x".repeat(129), '""'])("%s is not a valid key", (key) =>
    Effect.gen(function* () {
      const { put } = yield* Served
      const answer = yield* put(path, { data: { room: { id: 1 }, client, date } }, { "idempotency-key": key })
      assert.deepStrictEqual(
        answer.body.errors.map((error: { path: string }) => error.path),
        ["idempotency-key"]
      )
    })
  )

  it.effect("the correlation id is the body's, else the header's, else the stream's key, in every response", () =>
    Effect.gen(function* () {
      const { put } = yield* Served
      const room = yield* freshRoom
      const data = { room, client, date }
      const both = yield* put(path, { data, correlationId: "of-body" }, { "x-correlation-id": "of-header" })
      assert.deepStrictEqual([both.status, both.body.correlationId], [201, "of-body"])
      assert.strictEqual(both.headers.get("x-correlation-id"), "of-body")
      const rejected = yield* put(path, { data }, { "x-correlation-id": "of-header" })
      assert.deepStrictEqual([rejected.status, rejected.body.correlationId], [409, "of-header"])
      const neither = yield* put(path, { data })
      assert.deepStrictEqual([neither.status, neither.body.correlationId], [409, `${room.id}_${date}`])
      const unsupported = yield* put(path, { data }, { "x-correlation-id": "of-header", "content-type": "text/plain" })
      assert.deepStrictEqual([unsupported.status, unsupported.body.correlationId], [415, "of-header"])
      const malformed = yield* put(path, { data: {} }, { "x-correlation-id": "of-header" })
      assert.deepStrictEqual([malformed.status, malformed.body.correlationId], [400, "of-header"])
    })
  )

  it.effect("a command with nothing to do is 200, without events", () =>
    Effect.gen(function* () {
      const { put } = yield* Served
      const room = yield* freshRoom
      const answer = yield* put("/mutation/add-room", { data: { room } })
      assert.deepStrictEqual([answer.status, answer.body.facts, answer.body.duplicate], [200, [], false])
      assert.match(answer.headers.get("etag")!, new RegExp(`^"${answer.body.seq}@[\\w-]{12}"$`, "u"))
    })
  )

  it.effect("of 64 clients that book the same night at once, exactly one succeeds", () =>
    Effect.gen(function* () {
      const { put } = yield* Served
      const room = yield* freshRoom
      const answers = yield* Effect.forEach(
        Array.from({ length: 64 }, (_, n) => ({ id: n + 1 })),
        (client) => put(path, { data: { room, client, date } }),
        { concurrency: "unbounded" }
      )
      const statuses = Map.groupBy(answers, ({ status }) => status)
      assert.lengthOf(statuses.get(201)!, 1)
      assert.lengthOf(statuses.get(409)!, 63)
    })
  )
}
