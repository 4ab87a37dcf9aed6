import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import type { HttpRouter } from "effect/http"
import { Board } from "#domain/model/index.ts"
import { type Access, operatorRole, readersOf, sendersOf } from "#layers/access/Access.ts"
import { boardRoles } from "#layers/access/boardRoles.ts"
import { listPathOf } from "#layers/blueprint/blueprint.ts"
import { sessionCookie } from "#layers/http/checks/credentials.ts"
import { start } from "#layers/http/server/httpServer.ts"
import { routes } from "#layers/http/server/routes.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { appBoards } from "#test/support/appBoards.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { recordingRouter } from "#test/support/recordingRouter.ts"
import { invalidCredentials, testAuthenticator, token } from "#test/support/testIssuer.ts"

const host = "127.0.0.1"
const page = { folder: "none", paths: ["/", "/screen", "/sign-in"], access: { "/sign-in": "everyone" } } as const
const options = { host, page, authentication: testAuthenticator }

/** Who may use the routes that every board has. */
const commonAccess: Readonly<Record<string, Access>> = {
  "GET /": [operatorRole],
  "GET /screen": [operatorRole],
  "GET /sign-in": "everyone",
  "GET /assets/:name": "everyone",
  "GET /docs": "authenticated",
  "GET /openapi.json": "authenticated",
  "GET /asyncapi.json": "authenticated",
  "GET /blueprint.json": "authenticated",
  "GET /blueprint.schema.json": "authenticated",
  "GET /schemas/:type/:version": "authenticated",
  "GET /channels": [operatorRole],
  "GET /events": "authenticated",
  "GET /facts": [operatorRole],
  "GET /facts/:position": [operatorRole],
  "GET /facts/:position/why": [operatorRole],
  "GET /search": [operatorRole],
  "GET /metrics": [operatorRole],
  "GET /operations": [operatorRole],
  "GET /operations/at/:position": [operatorRole],
  "GET /operations/parked": [operatorRole],
  "POST /operations/parked/:id/retry": [operatorRole],
  "POST /operations/parked/:id/dismiss": [operatorRole],
  "POST /operations/void/:position": [operatorRole],
  "POST /live/session": "authenticated",
  "GET /health/live": "everyone",
  "GET /health/ready": "everyone",
  "GET /session": "everyone",
  "POST /session": "everyone",
  "POST /session/development": "everyone",
  "POST /session/end": "everyone"
}

const accessOf = (board: Board.Any): ReadonlyMap<string, Access> =>
  new Map<string, Access>([
    ...Object.entries(commonAccess),
    ...Board.commandSlices(board).map(({ by }) => [`${by.method} ${by.path}`, sendersOf(by)] as const),
    ...Board.views(board).flatMap((view): ReadonlyArray<readonly [string, Access]> => [
      [`GET ${view.by.path}`, readersOf(view.by)],
      [`GET ${listPathOf(view)}`, readersOf(view.by)]
    ])
  ])

const recordedRoutes = Effect.fnUntraced(function* (board: Board.Any) {
  const found = new Set<string>()
  const all = routes(board, options) as unknown as Layer.Layer<never, never, HttpRouter.HttpRouter>
  yield* Layer.build(Layer.provide(all, recordingRouter(found)))
  return found
})

/** Sends a request and reads its head: event streams do not end. */
const request = (url: string, route: string, headers: Readonly<Record<string, string>>) =>
  Effect.promise(async () => {
    const [method = "", path = ""] = route.split(" ")
    const abort = new AbortController()
    const response = await fetch(url + path.replaceAll(/:[A-Za-z]+/gu, "1"), {
      method,
      headers: { ...(method !== "GET" && { "content-type": "application/json" }), ...headers },
      redirect: "manual",
      signal: abort.signal
    })
    const isStream = response.headers.get("content-type") === "text/event-stream"
    const text = isStream ? "" : await response.text()
    abort.abort()
    return { status: response.status, headers: response.headers, text }
  })

const isPage = (route: string) => ["GET /", "GET /docs", "GET /screen"].includes(route)

const assertRejected = (
  route: string,
  answer: Effect.Success<ReturnType<typeof request>>,
  status: 401 | 403,
  name: string
) => {
  const message = `${route} with ${name}`
  if (isPage(route)) {
    assert.strictEqual(answer.status, 303, message)
    assert.strictEqual(answer.headers.get("location"), `/sign-in?to=${encodeURIComponent(route.slice(4))}`, message)
    return
  }
  assert.strictEqual(answer.status, status, message)
  assert.strictEqual(answer.headers.get("content-type"), "application/problem+json", message)
  const { correlationId, detail, ...problem } = JSON.parse(answer.text)
  assert.isUndefined(correlationId, message)
  assert.deepStrictEqual(
    problem,
    status === 401
      ? { type: "/docs#model/notauthenticated", title: "Not authenticated", status, code: "NotAuthenticated" }
      : { type: "/docs#model/notpermitted", title: "Not permitted", status, code: "NotPermitted" },
    message
  )
  if (status === 401) assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer/u, message)
}

for (const board of [...appBoards, library]) {
  describe(`The routes of ${board.title}`, () => {
    const access = accessOf(board)
    const roles = boardRoles(board).map(({ name }) => name)
    // As in the paths that `request` fills in: what is asked for concerns the caller.
    const ownClaims = Object.fromEntries(boardRoles(board).flatMap(({ claims }) => claims.map((name) => [name, "1"])))
    const served = Effect.map(start(board, { ...options, port: 0 }), ({ url }) => url)
    const running = runningBoard(board, memoryBackend)

    it.effect("have a rule each", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual([...(yield* recordedRoutes(board))].sort(), [...access.keys()].sort())
      }).pipe(Effect.scoped, Effect.provide(running))
    )

    it.live("answer 401 to every credential that proves nothing", () =>
      Effect.gen(function* () {
        const url = yield* served
        const invalid = yield* Effect.promise(() => invalidCredentials(roles))
        for (const [route, rule] of access) {
          const none = yield* request(url, route, {})
          if (rule === "everyone") {
            assert.notInclude([401, 403, 303], none.status, route)
            continue
          }
          assertRejected(route, none, 401, "no credentials")
          for (const [name, authorization] of Object.entries(invalid)) {
            const answer = yield* request(url, route, { authorization })
            assertRejected(route, answer, 401, name)
            const cookie = `${sessionCookie}=${authorization.split(" ")[1] ?? ""}`
            assertRejected(route, yield* request(url, route, { cookie }), 401, `${name} in the cookie`)
          }
        }
      }).pipe(Effect.scoped, Effect.provide(running))
    )

    it.live("answer 403 to every other role, and neither to the right ones", () =>
      Effect.gen(function* () {
        const url = yield* served
        for (const [route, rule] of access) {
          if (rule === "everyone") continue
          for (const role of [...roles, "Stranger"]) {
            const valid = yield* Effect.promise(() => token({ roles: [role], claims: ownClaims }))
            const isAllowed = rule === "authenticated" || rule.includes(role)
            for (const headers of [{ authorization: `Bearer ${valid}` }, { cookie: `${sessionCookie}=${valid}` }]) {
              const answer = yield* request(url, route, headers)
              if (!isAllowed) assertRejected(route, answer, 403, `the role ${role}`)
              else assert.notInclude([401, 403, 303], answer.status, `${route} as ${role}: ${answer.text}`)
            }
          }
        }
      }).pipe(Effect.scoped, Effect.provide(running))
    )
  })
}
