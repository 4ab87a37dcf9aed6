import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { admission } from "#layers/http/checks/admission.ts"
import { start } from "#layers/http/server/httpServer.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { openRawConnection } from "#test/support/rawConnection.ts"
import { testAuthenticator, token } from "#test/support/testIssuer.ts"

const host = "127.0.0.1"
const running = runningBoard(library, memoryBackend)

const statusOf = (url: string, headers: Readonly<Record<string, string>> = {}) =>
  Effect.promise(async () => {
    const response = await fetch(url, { headers })
    const body = (await response.json()) as { readonly code?: string; readonly of?: string }
    return { status: response.status, body, retryAfter: response.headers.get("retry-after") }
  })

describe("Requests", () => {
  it.live("of one caller beyond the limit get 429, with the seconds until the next one is allowed", () =>
    Effect.gen(function* () {
      const { url } = yield* start(library, { host, port: 0, requestsPerMinute: { perCaller: 2, total: 100 } })
      for (let n = 0; n < 2; n++) assert.strictEqual((yield* statusOf(`${url}/session`)).status, 200)
      const { body, retryAfter, status } = yield* statusOf(`${url}/session`)
      assert.deepStrictEqual([status, body.code, body.of], [429, "TooManyRequests", "caller"])
      assert.match(retryAfter ?? "", /^(?:29|30)$/u)
      // Also where there is no route.
      assert.strictEqual((yield* statusOf(`${url}/nowhere`)).status, 429)
      assert.strictEqual((yield* statusOf(`${url}/health/live`)).status, 200)
    }).pipe(Effect.scoped, Effect.provide(running))
  )

  it.live("of all callers beyond the limit get 429", () =>
    Effect.gen(function* () {
      const { url } = yield* start(library, { host, port: 0, requestsPerMinute: { perCaller: 100, total: 2 } })
      for (let n = 0; n < 2; n++) assert.strictEqual((yield* statusOf(`${url}/session`)).status, 200)
      assert.strictEqual((yield* statusOf(`${url}/session`)).body.of, "all callers")
    }).pipe(Effect.scoped, Effect.provide(running))
  )

  it.live("of one subject are counted together, whatever token they have", () =>
    Effect.gen(function* () {
      const requestsPerMinute = { perCaller: 3, total: 100 }
      const options = { host, port: 0, requestsPerMinute, authentication: testAuthenticator }
      const { url } = yield* start(library, options)
      const bearer = (claims: object) =>
        Effect.map(
          Effect.promise(() => token({ roles: ["Operator"], claims: { ...claims } })),
          (text) => ({ authorization: `Bearer ${text}` })
        )
      const statuses: Array<number> = []
      for (let n = 0; n < 3; n++) statuses.push((yield* statusOf(`${url}/operations`, yield* bearer({ n }))).status)
      assert.deepStrictEqual(statuses, [200, 200, 200])
      assert.strictEqual((yield* statusOf(`${url}/operations`, yield* bearer({ n: 4 }))).status, 429)
    }).pipe(Effect.scoped, Effect.provide(running))
  )

  it.effect("get 503 while memory is short, except for probes", () =>
    Effect.gen(function* () {
      let share = 0.95
      const admit = admission(undefined, () => share)
      const app = Effect.succeed(HttpServerResponse.empty())
      const send = (path: string) =>
        Effect.provideService(
          admit(app),
          HttpServerRequest.HttpServerRequest,
          HttpServerRequest.fromWeb(new Request(`http://${host}${path}`))
        )
      const rejected = yield* send("/rooms")
      assert.deepStrictEqual([rejected.status, rejected.headers["retry-after"]], [503, "5"])
      assert.strictEqual((yield* send("/health/live")).status, 204)
      share = 0.5
      // The measurement counts for a quarter of a second: another detector measures at once.
      const later = admission(undefined, () => share)(app)
      const request = HttpServerRequest.fromWeb(new Request(`http://${host}/rooms`))
      assert.strictEqual(
        (yield* Effect.provideService(later, HttpServerRequest.HttpServerRequest, request)).status,
        204
      )
    })
  )

  it.live("on more connections than an address may have are not accepted, until it has closed others", () =>
    Effect.gen(function* () {
      const { url } = yield* start(library, { host, port: 0, maxConnectionsPerAddress: 2 })
      const request = `GET /health/live HTTP/1.1\r\nHost: ${host}\r\n\r\n`
      const open = Effect.tap(openRawConnection(url), ({ send }) => Effect.sync(() => send(request)))
      const [first, second] = [yield* open, yield* open]
      for (const { answers } of [first, second]) assert.deepStrictEqual(yield* Effect.promise(() => answers(1)), [200])
      const third = yield* open
      assert.strictEqual(yield* Effect.promise(() => third.closed), "")
      first.socket.destroy()
      const admitted = Effect.flatMap(open, ({ answers }) => Effect.promise(() => answers(1)))
      yield* Effect.repeat(admitted, { until: ([status]) => status === 200 })
    }).pipe(Effect.scoped, Effect.provide(running))
  )
})
