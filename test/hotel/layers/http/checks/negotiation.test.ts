import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { mediaTypeNegotiator } from "#layers/http/checks/negotiation.ts"
import { start } from "#layers/http/server/httpServer.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

const hotel = runningBoard(hotelBooking, memoryBackend)
const json = "application/json"
const events = "text/event-stream"
const html = "text/html"

const served = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  mkdirSync(join(folder, "assets"))
  writeFileSync(join(folder, "index.html"), "<p>wall</p>")
  writeFileSync(join(folder, "assets/index-12345678.js"), `""`)
  return yield* start(hotelBooking, { host: "127.0.0.1", port: 0, page: { folder, paths: ["/"] } })
})

interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A response; of the event feed only its head. */
const ask = (url: string, sent: Sent = {}) =>
  Effect.promise(async () => {
    const abort = new AbortController()
    const answer = await fetch(url, { ...sent, signal: abort.signal })
    const header = (name: string) => answer.headers.get(name)
    const type = header("content-type")?.split(";")[0]
    const isEndless = type === events && url.includes("/events")
    const text = isEndless ? "" : await answer.text()
    abort.abort()
    return {
      status: answer.status,
      type,
      header,
      text,
      body: /json/u.test(type ?? "") && text ? JSON.parse(text) : null
    }
  })

const add = (id: number, headers: Readonly<Record<string, string>> = {}): Sent => ({
  method: "PUT",
  headers: { "content-type": json, ...headers },
  body: JSON.stringify({ data: { room: { id } } })
})

/** The media types of each kind of path, the default first. */
const offers: ReadonlyArray<readonly [path: string, types: ReadonlyArray<string>]> = [
  ["/rooms", [json]],
  ["/facts", [json]],
  ["/facts/1", [json]],
  ["/facts/1/why", [json]],
  ["/operations", [json]],
  ["/operations/parked", [json]],
  ["/operations/at/1", [json, events]],
  ["/views/rooms", [json, events]],
  ["/views/rooms?at=1", [json, events]],
  ["/events", [events]],
  ["/blueprint.json", [json]],
  ["/blueprint.schema.json", [json]],
  ["/openapi.json", [json]],
  ["/health/live", [json]],
  ["/health/ready", [json]],
  ["/docs", [html]],
  ["/", [html]],
  ["/assets/index-12345678.js", ["text/javascript"]]
]

describe("content negotiation", () => {
  it.live("serves an accepted type on every kind of path; 406 lists the available types", () =>
    Effect.gen(function* () {
      const { url } = yield* served
      yield* ask(`${url}/mutation/add-room`, add(1))
      for (const [path, types] of offers) {
        const [defaultType = ""] = types
        const get = (accept: string, method = "GET") => ask(`${url}${path}`, { method, headers: { accept } })
        assert.strictEqual((yield* ask(`${url}${path}`)).type, defaultType, path)
        for (const accept of ["IMAGE/*, */*;Q=0.1", `${defaultType.split("/")[0]}/*`]) {
          const answer = yield* get(accept)
          assert.deepStrictEqual([answer.status, answer.type], [200, defaultType], `${path} ${accept}`)
        }
        for (const type of types) {
          for (const accept of [`${type.toUpperCase()};charset=UTF-8`, `image/png, ${type} ; q=0.001`]) {
            const answer = yield* get(accept)
            assert.deepStrictEqual([answer.status, answer.type], [200, type], `${path} ${accept}`)
          }
        }
        const excluded = types.map((type) => `${type};q=0`).join(", ")
        for (const accept of ["image/png", `${excluded}, */*`]) {
          const answer = yield* get(accept)
          assert.deepStrictEqual([answer.status, answer.type], [406, "application/problem+json"], `${path} ${accept}`)
          assert.deepInclude(answer.body, { code: "NotAcceptable", available: types })
          assert.strictEqual((yield* get(accept, "HEAD")).status, 406)
        }
      }
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )

  it.live("does not execute a command whose response is not acceptable; problems are always sent", () =>
    Effect.gen(function* () {
      const { url } = yield* served
      const path = `${url}/mutation/add-room`
      assert.strictEqual((yield* ask(path, add(5, { accept: html }))).status, 406)
      assert.deepStrictEqual((yield* ask(`${url}/rooms`)).body.rooms, [])
      assert.strictEqual((yield* ask(path, add(5, { accept: json }))).status, 201)
      const invalid = yield* ask(path, add(0, { accept: json }))
      assert.deepStrictEqual([invalid.status, invalid.type], [400, "application/problem+json"])
      const nowhere = yield* ask(`${url}/nowhere`, { headers: { accept: html } })
      assert.deepStrictEqual([nowhere.status, nowhere.type], [404, "application/problem+json"])
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )

  it.live("has `vary` where events are available, and the events end with the same result", () =>
    Effect.gen(function* () {
      const { url } = yield* served
      const { body } = yield* ask(`${url}/mutation/add-room`, add(1))
      for (const path of [
        `/views/rooms?after=${body.seq}`,
        `/views/rooms?at=${body.seq}`,
        `/operations/at/${body.seq}`
      ]) {
        const plain = yield* ask(`${url}${path}`)
        const asEvents = yield* ask(`${url}${path}`, { headers: { accept: `${events}, ${json};q=0.5` } })
        for (const { header } of [plain, asEvents]) assert.strictEqual(header("vary"), "accept", path)
        const last = /event: result\ndata: (.*)\n\n$/u.exec(asEvents.text)?.[1]
        assert.deepStrictEqual(JSON.parse(last!), plain.body, path)
      }
      const ahead = yield* ask(`${url}/operations/at/99`, { headers: { accept: events } })
      assert.match(ahead.text, /event: problem\ndata: \{[^\n]*"code":"InvalidRequest"/u)
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )
})

describe("conditional requests", () => {
  it.live("get 304 for unchanged content; events are always sent", () =>
    Effect.gen(function* () {
      const { url } = yield* served
      yield* ask(`${url}/mutation/add-room`, add(1))
      for (const path of ["/rooms?after=1", "/views/rooms?after=1", "/blueprint.json", "/openapi.json", "/docs", "/"]) {
        const etag = (yield* ask(`${url}${path}`)).header("etag")!
        for (const condition of [etag, `W/${etag}`, `"a,b", ${etag}`, "*"]) {
          for (const method of ["GET", "HEAD"]) {
            const same = yield* ask(`${url}${path}`, { method, headers: { "if-none-match": condition } })
            assert.deepStrictEqual(
              [same.status, same.text, same.header("etag")],
              [304, "", etag],
              `${path} ${condition}`
            )
            assert.isNull(same.header("content-type"))
          }
        }
        for (const condition of [`"${etag.slice(1, -1)}x"`, `"x,${etag.slice(1)}`, etag.slice(1, -1), `"x", *`]) {
          const other = yield* ask(`${url}${path}`, { headers: { "if-none-match": condition } })
          assert.strictEqual(other.status, 200, `${path} ${condition}`)
        }
        const { status } = yield* ask(`${url}${path}`, { headers: { "if-match": etag } })
        assert.strictEqual(status, 200, path)
        for (const condition of [`"x"`, `W/${etag}`]) {
          const changed = yield* ask(`${url}${path}`, { headers: { "if-match": condition } })
          assert.deepStrictEqual(
            [changed.status, changed.body.code],
            [412, "PreconditionFailed"],
            `${path} ${condition}`
          )
        }
      }
      const accept = { accept: events }
      for (const condition of ["*", `"1"`, (yield* ask(`${url}/views/rooms?at=1`)).header("etag")!]) {
        const headers = { ...accept, "if-none-match": condition }
        assert.strictEqual((yield* ask(`${url}/events`, { headers })).status, 200)
        const asEvents = yield* ask(`${url}/views/rooms?at=1`, { headers })
        assert.strictEqual(asEvents.status, 200)
        assert.match(asEvents.text, /event: result\ndata: \{"view"/u)
      }
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )

  it.live("with if-match do not execute a command", () =>
    Effect.gen(function* () {
      const { url } = yield* served
      const path = `${url}/mutation/add-room`
      for (const condition of ["*", `"1"`]) {
        const failed = yield* ask(path, add(5, { "if-match": condition }))
        assert.deepStrictEqual([failed.status, failed.body.code], [412, "PreconditionFailed"])
      }
      assert.deepStrictEqual((yield* ask(`${url}/rooms`)).body.rooms, [])
      assert.strictEqual((yield* ask(path, add(5, { "if-none-match": "*" }))).status, 201)
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )
})

it.live("every route rejects unknown parameters", () =>
  Effect.gen(function* () {
    const { url } = yield* served
    const openapi = (yield* ask(`${url}/openapi.json`)).body
    for (const [path, methods] of Object.entries<object>(openapi.paths)) {
      for (const method of Object.keys(methods)) {
        const sent = { method: method.toUpperCase(), headers: { "content-type": json }, body: "{}" }
        const filled = path.replaceAll("{date}", "2022-12-12").replaceAll(/\{[^}]+\}/gu, "1")
        const answer = yield* ask(`${url}${filled}?nope=1`, method === "get" ? {} : sent)
        assert.deepStrictEqual([answer.status, answer.body.code], [400, "InvalidRequest"], `${method} ${path}`)
        assert.include(answer.text, '"path":"nope"', `${method} ${path}`)
      }
    }
  }).pipe(Effect.scoped, Effect.provide(hotel))
)

it.each([
  [undefined, json],
  ["", json],
  ["nonsense", undefined],
  ["*/*;q=0", undefined],
  ["application/json;level=1", undefined],
  ["text/*", events],
  ["application/json, text/event-stream", json],
  ["text/event-stream, application/json", events],
  ["text/event-stream, */*", events],
  ["application/json;q=0.5, text/event-stream;q=0.4", json],
  ["TEXT/Event-Stream; Q=0.9, */*;q=0.8", events],
  ["text/event-stream;q=0, */*", json],
  ["*/*;q=0, application/json", json],
  ['application/json;charset="utf-8"', json],
  ["application/json;charset=latin1", undefined],
  ["application/*;q=0, text/html", undefined],
  ["application/problem+json", undefined]
])("of %j the best type is %s", (accept, type) => {
  assert.strictEqual(mediaTypeNegotiator([json, events])(accept), type)
})
