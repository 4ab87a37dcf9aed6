import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Layer, Queue, Schedule } from "effect"
import type { HttpRouter } from "effect/http"
import { Board } from "#domain/model/index.ts"
import { listPathOf } from "#layers/blueprint/blueprint.ts"
import type { Progress } from "#layers/contract/operationsSchema.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { start } from "#layers/http/server/httpServer.ts"
import { routes } from "#layers/http/server/routes.ts"
import { MemoryLog } from "#layers/memory/MemoryLog.ts"
import { LogTail } from "#layers/monitoring/tail/LogTail.ts"
import { BoardMetrics } from "#layers/telemetry/metrics/BoardMetrics.ts"
import { type Answer, Served, servedOn } from "#test/hotel/support/servedHttp.ts"
import { throwingHotel } from "#test/hotel/support/throwingHotel.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { callsIn, curlsIn, type DocumentedCall } from "#test/support/documentedCalls.ts"
import { ownRegistry } from "#test/support/metricLines.ts"
import { recordingRouter } from "#test/support/recordingRouter.ts"
import { listen } from "#test/support/serverSentEvents.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

const api = "docs/http.md"
const texts = [api, "README.md", "docs/operations.md"]
const trouble = { now: false }
const board = throwingHotel(() => (trouble.now ? "too heavy" : undefined))
const json = { "content-type": "application/json" }
const inCurly = (path: string) => path.replaceAll(/:(\w+)/gu, "{$1}")

/** A documented call of any endpoint, or of any view's list, expands to one call of each. */
const each = (call: DocumentedCall): ReadonlyArray<DocumentedCall> => {
  if (call.path === "{door}") {
    const endpoints = call.method === "GET" ? Board.views(board) : Board.commandSlices(board)
    return endpoints.map(({ by }) => ({ ...call, path: inCurly(by.path) }))
  }
  if (call.path !== "/views/{view}") return [call]
  return Board.views(board).map((view) => ({
    ...call,
    path: listPathOf(view),
    parameters: call.parameters.flatMap((name) => (name === "{word}" ? Object.keys(view.key) : [name]))
  }))
}
const nameOf = ({ method, path }: Pick<DocumentedCall, "method" | "path">) => `${method} ${path}`
const documented = Map.groupBy(texts.flatMap(callsIn).flatMap(each), nameOf)

const pages = ["/", "/guest", "/manager", "/streams", "/sign-in"] as const
const operationIn = (openapi: Record<string, any>, name: string): Record<string, any> | undefined => {
  const [method = "", path = ""] = name.split(" ")
  return openapi["paths"][path]?.[method.toLowerCase()]
}

describe("the documentation of the API", () => {
  it.live("has every route of the app, and no other", () =>
    Effect.gen(function* () {
      const found = new Set<string>()
      const all = routes(board, { host: "127.0.0.1", page: { folder: "", paths: pages } })
      yield* Layer.build(
        Layer.provide(all as unknown as Layer.Layer<never, never, HttpRouter.HttpRouter>, recordingRouter(found))
      )
      const routed = Array.from(found, inCurly)
      assert.isAbove(routed.length, 20)
      assert.deepStrictEqual([...documented.keys()].sort(), routed.sort())
    }).pipe(Effect.scoped, Effect.provide(runningBoard(board, memoryBackend)))
  )

  it("names problems by their status and code", () => {
    const named = Array.from(readFileSync(api, "utf8").matchAll(/\b([45]\d\d),\s+`([A-Z]\w+)`/gu))
    assert.isAbove(named.length, 8)
    for (const [, status, code] of named) {
      assert.strictEqual(problems[code as keyof typeof problems]?.status, Number(status), code)
    }
  })
})

/** A value for each documented parameter. */
const values: Readonly<Record<string, string>> = {
  after: "21",
  at: "21",
  before: "26",
  client: "1",
  correlation: "1_2022-12-12",
  date: "2022-12-12",
  dryRun: "true",
  id: "8e03978e-40d5-43e8-bc93-6894a57f9324",
  lane: "room-booking",
  limit: "3",
  place: "room-night/1_2022-12-12",
  q: "room 1",
  room: "1",
  type: "RoomBooked",
  version: "1",
  where: "room:1"
}

const filledPath = (path: string, params: Readonly<Record<string, string>> = {}) =>
  path.replaceAll(/\{(\w+)\}/gu, (_, name: string) => encodeURIComponent(params[name] ?? values[name] ?? name))

/** A query with a value for each parameter; that of `next` is taken from a first page. */
const queryOf = Effect.fnUntraced(function* (path: string, parameters: ReadonlyArray<string>) {
  const { call } = yield* Served
  const all = new URLSearchParams()
  for (const name of parameters) {
    const value = name === "next" ? (yield* call(`${path}?limit=1`)).body.next : values[name]
    if (value !== null) all.set(name, value)
  }
  return all.size === 0 ? "" : `?${all}`
})

interface Example {
  readonly params?: Readonly<Record<string, string>>
  readonly body?: object
  readonly status: number
  readonly has?: object
}

const date = "2030-01-01"
const booking = (id: number) => ({ data: { room: { id }, client: { id: 1 }, date } })
const guest = { room: { id: 7 }, client: { id: 1 } }
const stay = (nights: number) => ({ data: { ...guest, firstNight: "2030-02-01", nights } })
const put = (path: string, body: object) =>
  Effect.flatMap(Served, ({ call }) => call(path, { method: "PUT", headers: json, body: JSON.stringify(body) }))

const parkedOf = (position: number, by: string) =>
  Effect.flatMap(Served, ({ call }) => call("/operations/parked")).pipe(
    Effect.map(({ body }) => body.parked.find((one: any) => one.position === position && one.by === by)),
    Effect.repeat({ until: (found) => found !== undefined, schedule: Schedule.spaced("10 millis") }),
    Effect.map(({ id }) => id as string)
  )

/** Documented responses of the calls that change something, with the data that the calls need. */
const examples = Effect.gen(function* () {
  trouble.now = true
  const booked = (yield* put("/mutation/book-room", booking(3))).body.seq as number
  const failed = yield* parkedOf(booked, "view-booking-v1")
  trouble.now = false
  // The memory layer provides it, although the type `Backend` does not say so.
  const { addUndecodable } = yield* MemoryLog as unknown as Effect.Effect<MemoryLog["Service"]>
  const unreadable = yield* addUndecodable(`hotel.room-night.booking.4_${date}.room-booked`)
  const blocked = yield* parkedOf(unreadable, "view-booking-v1")
  const dismissed = yield* parkedOf(
    yield* addUndecodable(`hotel.room-night.booking.6_${date}.room-booked`),
    "view-booking-v1"
  )
  const reason = { reason: "somebody tried the CLI", by: "Ops" }
  return {
    "PUT /mutation/add-room": [
      { status: 201, body: { data: { room: { id: 77 } } } },
      { status: 200, body: { data: { room: { id: 77 } } } }
    ],
    "PUT /mutation/book-room": [
      { status: 201, body: booking(5) },
      { status: 409, body: booking(5), has: { code: "RoomAlreadyBooked" } },
      { status: 400, body: booking(0), has: { code: "InvalidRequest" } }
    ],
    "PUT /mutation/cleanup": [{ status: 201, body: { data: { room: { id: 5 }, date } } }],
    "PUT /mutation/checkin": [{ status: 201, body: booking(5) }],
    "PUT /mutation/book-stay": [
      { status: 201, body: stay(3) },
      { status: 409, body: stay(3), has: { code: "RoomAlreadyBooked" } },
      { status: 400, body: stay(0), has: { code: "InvalidRequest" } }
    ],
    "PUT /mutation/cancel-booking": [
      { status: 201, body: { data: { ...guest, date: "2030-02-01" } } },
      { status: 409, body: { data: { ...guest, date: "2030-02-01" } }, has: { code: "BookingUnknown" } }
    ],
    "PUT /mutation/move-booking": [
      { status: 201, body: { data: { ...guest, newRoom: { id: 8 }, date: "2030-02-02" } } },
      { status: 200, body: { data: { ...guest, newRoom: { id: 7 }, date: "2030-02-03" } } }
    ],
    "POST /operations/parked/{id}/retry": [
      { status: 200, params: { id: failed }, has: { retried: 1 } },
      { status: 404, params: { id: failed }, has: { code: "NotParked" } },
      { status: 409, params: { id: blocked }, has: { code: "StillStuck", id: blocked } }
    ],
    "POST /operations/parked/{id}/dismiss": [
      { status: 200, params: { id: dismissed }, body: reason, has: { ...reason, taken: 0 } },
      { status: 404, params: { id: dismissed }, body: reason, has: { code: "NotParked" } },
      { status: 400, params: { id: blocked }, body: {}, has: { code: "InvalidRequest" } }
    ],
    "POST /operations/void/{position}": [
      { status: 200, params: { position: `${unreadable}` }, body: reason, has: { position: unreadable, ...reason } },
      { status: 409, params: { position: "1" }, body: reason, has: { code: "PositionReadable" } },
      { status: 404, params: { position: "99999" }, body: reason, has: { code: "NoSuchPosition" } }
    ],
    "POST /session": [
      { status: 404, body: { token: "" }, has: { code: "SignInOff" } },
      { status: 400, body: {}, has: { code: "InvalidRequest" } }
    ],
    "POST /session/development": [
      { status: 404, body: { role: "Guest" }, has: { code: "SignInOff" } },
      { status: 400, body: { role: "Ghost" }, has: { code: "InvalidRequest" } }
    ],
    "POST /session/end": [{ status: 204 }],
    "POST /live/session": [
      { status: 404, body: { view: "Booking" }, has: { code: "LiveOff" } },
      { status: 400, body: { view: "Bookings" }, has: { code: "InvalidRequest" } }
    ]
  } as Readonly<Record<string, ReadonlyArray<Example>>>
})

const served = servedOn(board).pipe(
  Layer.provideMerge(runningBoard(board, memoryBackend)),
  Layer.provideMerge(BoardMetrics.layer(board)),
  Layer.provide(ownRegistry)
)

/** The media types of responses that are not JSON without a name of its own. */
const otherContentTypes: Readonly<Record<string, string>> = { "/metrics": "text/plain; version=0.0.4; charset=utf-8" }

layer(served, { excludeTestServices: true })("every documented call", (it) => {
  it.effect("of curl gets its documented status, in the order of the texts", () =>
    Effect.gen(function* () {
      const { call } = yield* Served
      // Like `npm start`.
      for (let id = 1; id <= 20; id++) yield* put("/mutation/add-room", { data: { room: { id } } })
      const curls = texts.flatMap(curlsIn)
      assert.isAbove(curls.length, 10)
      const scheduled = call("/cleanup-schedule/2022-12-12").pipe(
        Effect.repeat({ until: ({ body }) => body.rooms.length > 0, schedule: Schedule.spaced("10 millis") })
      )
      const answers: Array<Answer> = []
      for (const { body, headers, method, target } of curls) {
        const path = filledPath(target)
        answers.push(yield* call(path, { method, headers, ...(body !== undefined && { body }) }))
        yield* scheduled
      }
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        [201, 201, 409, 201, 200, 200, 200, 201, 201, 200, 200, 409, 404, 200, 404]
      )
    })
  )

  it.effect("that changes something gets its documented responses", () =>
    Effect.gen(function* () {
      const { call } = yield* Served
      const all = yield* examples
      const changing = [...documented.keys()].filter((name) => !name.startsWith("GET "))
      assert.sameMembers(changing, Object.keys(all))
      for (const name of changing) {
        const [method = "", path = ""] = name.split(" ")
        const parameters = documented.get(name)!.flatMap(({ parameters }) => parameters)
        for (const parameter of parameters) {
          const body = JSON.stringify(all[name]![0]!.body)
          const query = `?${parameter}=${values[parameter]}`
          const answer = yield* call(`${filledPath(path)}${query}`, { method, headers: json, body })
          assert.include([200, 409], answer.status, `${name}${query}`)
        }
        for (const { body, has = {}, status, params } of all[name]!) {
          const sent = { method, headers: json, ...(body && { body: JSON.stringify(body) }) }
          const answer = yield* call(filledPath(path, params), sent)
          assert.strictEqual(answer.status, status, `${name}: ${answer.text}`)
          assert.deepInclude(answer.body, has)
        }
      }
    })
  )

  it.effect("that reads has its documented response type, and exactly its documented parameters", () =>
    Effect.gen(function* () {
      const { call, openapi } = yield* Served
      for (const [name, calls] of documented) {
        const operation = operationIn(openapi, name)
        if (!operation) continue
        const path = filledPath(name.split(" ")[1]!, { position: "21" })
        const parameters = [...new Set(calls.flatMap(({ parameters }) => parameters))]
        const known = operation["parameters"].filter((one: any) => one.in === "query").map((one: any) => one.name)
        assert.sameMembers(parameters, known, name)
        for (const { answers, where } of calls) {
          const schema: string | undefined = operation["responses"][200]?.content?.["application/json"]?.schema?.$ref
          if (answers) assert.strictEqual(schema, `#/components/schemas/${answers}`, `${where}: ${name}`)
        }
        if (!name.startsWith("GET ") || path === "/events") continue
        const required: ReadonlyArray<string> = operation["parameters"]
          .filter((one: any) => one.in === "query" && one.required === true)
          .map((one: any) => one.name)
        for (const optional of [[], ...parameters.map((parameter) => [parameter])]) {
          const query = yield* queryOf(path, [...new Set([...required, ...optional])])
          const answer = yield* call(path + query)
          assert.strictEqual(answer.status, 200, `${path}${query}: ${answer.text}`)
          const jsonType = path.startsWith("/schemas/") ? "application/schema+json" : "application/json"
          const contentType = otherContentTypes[path] ?? jsonType
          assert.strictEqual(answer.headers.get("content-type"), contentType)
          if (!answer.headers.has("etag")) continue
          const again = yield* call(path + query, { headers: { "if-none-match": answer.headers.get("etag")! } })
          assert.include([200, 304], again.status)
        }
      }
    })
  )

  it.effect("that supports events sends its progress, then the same result", () =>
    Effect.gen(function* () {
      const { call, openapi, url } = yield* Served
      const names = [...documented.keys()].filter((name) => {
        const content = operationIn(openapi, name)?.["responses"][200]?.content ?? {}
        return "text/event-stream" in content && "application/json" in content
      })
      assert.include(names, "GET /operations/at/{position}")
      for (const name of names) {
        const path = filledPath(name.split(" ")[1]!, { position: "21" })
        for (const query of name.includes("/views/") ? ["?after=21", "?at=21"] : [""]) {
          const { events, response } = yield* listen(`${url}${path}${query}`, { accept: "text/event-stream" })
          assert.strictEqual(response.headers.get("content-type"), "text/event-stream", name)
          const messages = [yield* Queue.take(events)]
          while (messages.at(-1)!.event === "progress") messages.push(yield* Queue.take(events))
          const last = messages.at(-1)!
          assert.deepStrictEqual([last.event, last.data], ["result", (yield* call(path + query)).body], path + query)
          assert.strictEqual(yield* Effect.flip(Queue.take(events)), "ended")
        }
      }
    }).pipe(Effect.scoped)
  )

  it.effect("that counts reports its progress", () =>
    Effect.gen(function* () {
      const { countsAt } = yield* LogTail
      const reports: Array<Progress> = []
      yield* countsAt(21, (progress) => Effect.sync(() => void reports.push(progress)))
      assert.deepStrictEqual(reports.at(-1), { done: 21, of: 21 })
    })
  )

  it.effect("of the event feed sends the events of its table", () =>
    Effect.gen(function* () {
      const { call, url } = yield* Served
      const { log } = (yield* call("/operations")).body
      const first = (query: string, headers = {}) =>
        Effect.flatMap(listen(`${url}/events${query}`, headers), ({ events }) => Queue.take(events))
      const [section = ""] = readFileSync(api, "utf8").split("| event | id | data |")[1]!.split("\n\n")
      const table = Array.from(section.matchAll(/^\| `(\w+)` \|/gmu), ([, name]) => name!)
      const { events } = yield* listen(`${url}/events`, {})
      yield* put("/mutation/book-room", { data: { room: { id: 8 }, client: { id: 1 }, date } })
      yield* put("/mutation/book-room", { data: { room: { id: 8 }, client: { id: 1 }, date } })
      const rejection = yield* Effect.repeat(Queue.take(events), { until: ({ event }) => event === "rejections" })
      const seen = [
        yield* first(`?after=20@${log}`),
        rejection,
        yield* first("", { "last-event-id": "123456789" }),
        yield* first("", { "last-event-id": "1@aaaaaaaaaaaa" })
      ]
      assert.deepStrictEqual(
        seen.map(({ event }) => event),
        table
      )
      for (const parameter of documented.get("GET /events")!.flatMap(({ parameters }) => parameters)) {
        const query = parameter === "after" ? "?after=20" : `?after=20&${parameter}=${values[parameter]}`
        const { data, event } = yield* first(query)
        assert.deepInclude({ event, type: data.type }, { event: "fact", type: "RoomBooked" }, query)
      }
    }).pipe(Effect.scoped)
  )

  it.effect("of a page returns one", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      mkdirSync(join(folder, "assets"))
      writeFileSync(join(folder, "index.html"), "<p>wall</p>")
      writeFileSync(join(folder, "assets/name.js"), "")
      const { url } = yield* start(board, { host: "127.0.0.1", port: 0, page: { folder, paths: pages } })
      const { openapi } = yield* Served
      const others = [...documented.keys()].filter((name) => !operationIn(openapi, name))
      assert.sameMembers(others, [
        "GET /openapi.json",
        "GET /docs",
        ...pages.map((page) => `GET ${page}`),
        "GET /assets/{name}"
      ])
      for (const name of others) {
        const path = filledPath(name.split(" ")[1]!, { name: "name.js" })
        const answer = yield* Effect.promise(() => fetch(`${url}${path}`))
        assert.strictEqual(answer.status, 200, path)
        assert.strictEqual(answer.headers.get("x-content-type-options"), "nosniff")
        if (!answer.headers.get("content-type")!.startsWith("text/html")) continue
        assert.strictEqual(answer.headers.get("content-type"), "text/html; charset=utf-8", path)
        const policy = answer.headers.get("content-security-policy")!
        for (const directive of [
          "default-src 'self'",
          "frame-ancestors 'none'",
          "base-uri 'none'",
          "object-src 'none'"
        ]) {
          assert.include(policy, directive, path)
        }
        assert.notMatch(policy, /script-src[^;]*unsafe/u)
        assert.strictEqual(answer.headers.get("referrer-policy"), "no-referrer")
        assert.strictEqual(answer.headers.get("cross-origin-opener-policy"), "same-origin")
      }
    }).pipe(Effect.scoped)
  )
})
