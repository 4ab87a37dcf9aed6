import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { developmentIssuer } from "#layers/access/developmentIssuer.ts"
import { start } from "#layers/http/server/httpServer.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { testAuthenticator, token } from "#test/support/testIssuer.ts"

const host = "127.0.0.1"
const running = runningBoard(library, memoryBackend)

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "session-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

interface SessionRequest {
  readonly body?: object
  readonly cookie?: string
  readonly headers?: Readonly<Record<string, string>>
}

const send = (url: string, { body, cookie, headers }: SessionRequest = {}) =>
  Effect.promise(async () => {
    const response = await fetch(url, {
      ...(body && { method: "POST", body: JSON.stringify(body) }),
      headers: { ...headers, ...(body && { "content-type": "application/json" }), ...(cookie && { cookie }) }
    })
    const text = await response.text()
    const [setCookie] = response.headers.getSetCookie()
    return { status: response.status, body: text ? JSON.parse(text) : undefined, setCookie }
  })

const cookieOf = (setCookie: string | undefined) => setCookie!.split(";")[0]!

describe("A session", () => {
  it.live("begins with a token, as a cookie that only this server gets, and ends with it", () =>
    Effect.gen(function* () {
      const { url } = yield* start(library, { host, port: 0, authentication: testAuthenticator })
      const text = yield* Effect.promise(() => token({ roles: ["Librarian"], claims: { desk: 3 } }))
      const before = (yield* send(`${url}/session`)).body
      assert.deepStrictEqual([before.authentication, before.caller], ["tokens", null])
      assert.deepStrictEqual(
        before.roles.map(({ name }: { readonly name: string }) => name),
        ["Librarian", "Member", "Operator"]
      )

      const { body, setCookie, status } = yield* send(`${url}/session`, { body: { token: text } })
      assert.strictEqual(status, 200)
      const { expiresAt, ...caller } = body.caller
      assert.deepStrictEqual(caller, { subject: "ann", roles: ["Librarian"], claims: { desk: "3" } })
      const attributes = setCookie!.split("; ").slice(1)
      assert.includeMembers(attributes, ["Path=/", "HttpOnly", "Secure", "SameSite=Strict"])
      assert.notInclude(setCookie, "Domain")
      const expires = attributes.find((attribute) => attribute.startsWith("Expires="))!.slice("Expires=".length)
      assert.strictEqual(Date.parse(expires), Date.parse(expiresAt))

      const cookie = cookieOf(setCookie)
      assert.strictEqual((yield* send(`${url}/blueprint.json`, { cookie })).status, 200)
      assert.strictEqual((yield* send(`${url}/session`, { cookie })).body.caller.subject, "ann")
      const end = yield* send(`${url}/session/end`, { body: {}, cookie })
      assert.strictEqual(end.status, 204)
      assert.match(end.setCookie!, /^__Host-session=; /u)
      assert.include(end.setCookie, "Expires=Thu, 01 Jan 1970")
    }).pipe(Effect.scoped, Effect.provide(running))
  )

  it.live("is not one of another site: its cookie does not help there", () =>
    Effect.gen(function* () {
      const { url } = yield* start(library, { host, port: 0, authentication: testAuthenticator })
      const cookie = `__Host-session=${yield* Effect.promise(() => token({ roles: ["Operator"] }))}`
      const origin = { origin: "https://evil.example" }
      for (const path of ["/operations", "/session"]) {
        const { body, status } = yield* send(url + path, { cookie, headers: origin })
        assert.deepStrictEqual([status, body.code], [403, "CrossSiteRequest"])
      }
      const signIn = yield* send(`${url}/session`, { body: { token: "" }, headers: { "sec-fetch-site": "cross-site" } })
      assert.strictEqual(signIn.body.code, "CrossSiteRequest")
    }).pipe(Effect.scoped, Effect.provide(running))
  )

  it.live("does not begin with a token that proves nothing", () =>
    Effect.gen(function* () {
      const { url } = yield* start(library, { host, port: 0, authentication: testAuthenticator })
      const expired = yield* Effect.promise(() => token({ expires: -60 }))
      for (const text of ["", "abc", expired]) {
        const { body, setCookie, status } = yield* send(`${url}/session`, { body: { token: text } })
        assert.deepStrictEqual([status, body.code, setCookie], [401, "NotAuthenticated", undefined])
      }
      const cookie = `__Host-session=${expired}`
      assert.isNull((yield* send(`${url}/session`, { cookie })).body.caller)
      const { body, status } = yield* send(`${url}/session/development`, { body: { role: "Member" } })
      assert.deepStrictEqual([status, body.code], [404, "SignInOff"])
    }).pipe(Effect.scoped, Effect.provide(running))
  )

  it.live("for development is given to any client, for a role of the board", () =>
    Effect.gen(function* () {
      const authentication = yield* developmentIssuer(yield* temporaryFolder, library.name)
      const { url } = yield* start(library, { host, port: 0, authentication })
      const development = `${url}/session/development`
      const { body, setCookie } = yield* send(development, { body: { role: "Member", claims: { reader: "7" } } })
      assert.deepStrictEqual(
        [body.authentication, body.caller.roles, body.caller.claims],
        ["development", ["Member"], { reader: "7" }]
      )
      const cookie = cookieOf(setCookie)
      assert.strictEqual((yield* send(`${url}/blueprint.json`, { cookie })).status, 200)
      assert.strictEqual((yield* send(`${url}/operations`, { cookie })).status, 403)
      const unknown = yield* send(development, { body: { role: "Ghost" } })
      assert.deepStrictEqual([unknown.status, unknown.body.errors[0].path], [400, "role"])
      // Claims that a token has anyway cannot be chosen.
      const forged = yield* send(development, { body: { role: "Member", claims: { roles: "Operator", sub: "root" } } })
      assert.deepStrictEqual([forged.body.caller.roles, forged.body.caller.subject !== "root"], [["Member"], true])
    }).pipe(Effect.scoped, Effect.provide(running))
  )
})

describe("Tokens for development", () => {
  it.live("are accepted by no other app, and those of others not by it", () =>
    Effect.gen(function* () {
      const issuer = yield* developmentIssuer(yield* temporaryFolder, "library")
      const own = yield* issuer.sign({ roles: ["Member"], claims: {} })
      assert.strictEqual((yield* issuer.authenticate(own)).roles.size, 1)
      const others = [
        yield* developmentIssuer(yield* temporaryFolder, "library"),
        testAuthenticator,
        { authenticate: (yield* developmentIssuer(yield* temporaryFolder, "hotel")).authenticate }
      ]
      for (const { authenticate } of others)
        assert.strictEqual((yield* Effect.flip(authenticate(own)))._tag, "InvalidToken")
      const foreign = yield* Effect.promise(() => token({ roles: ["Member"] }))
      assert.strictEqual((yield* Effect.flip(issuer.authenticate(foreign)))._tag, "InvalidToken")
    }).pipe(Effect.scoped)
  )
})
