import { mkdirSync, writeFileSync } from "node:fs"
import { ServerResponse } from "node:http"
import { join } from "node:path"
import zlib from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { vi } from "vitest"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { start } from "#layers/http/server/httpServer.ts"
import { encodingFor } from "#layers/http/static/StaticContent.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { openRawConnection } from "#test/support/rawConnection.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

const hotel = runningBoard(hotelBooking, memoryBackend)

const served = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  mkdirSync(join(folder, "assets"))
  writeFileSync(join(folder, "index.html"), `<p>${"wall ".repeat(1_000)}</p>`)
  writeFileSync(join(folder, "assets/index-12345678.js"), `"${"x".repeat(100_000)}"`)
  return yield* start(hotelBooking, { host: "127.0.0.1", port: 0, page: { folder, paths: ["/", "/guest"] } })
})

/** Spies on a method until the scope closes. */
const spied = <A extends object, K extends keyof A & string>(on: A, name: K) =>
  Effect.acquireRelease(
    Effect.sync(() => vi.spyOn(on as any, name)),
    (spy) => Effect.sync(() => spy.mockRestore())
  )

const all = ["/docs", "/openapi.json", "/blueprint.json", "/blueprint.schema.json", "/", "/assets/index-12345678.js"]

const get = (url: string, encoding: string, headers: Readonly<Record<string, string>> = {}) =>
  Effect.promise(async () => {
    const answer = await fetch(url, { headers: { "accept-encoding": encoding, ...headers } })
    const { status } = answer
    const header = (name: string) => answer.headers.get(name)
    return { status, text: await answer.text(), etag: header("etag")!, encoding: header("content-encoding"), header }
  })

describe("static content", () => {
  it.live("is compressed once per encoding, however many requests there are, concurrent or later", () =>
    Effect.gen(function* () {
      const { url } = yield* served
      const brotli = yield* spied(zlib, "brotliCompress")
      const gzip = yield* spied(zlib, "gzip")
      for (const path of all) {
        brotli.mockClear()
        gzip.mockClear()
        const getEncoded = (encoding: string) => get(`${url}${path}`, encoding)
        const encodings = Array.from({ length: 6 }, (_, n) => (n % 2 ? "br" : "gzip"))
        const first = yield* Effect.forEach(encodings, getEncoded, { concurrency: "unbounded" })
        const later = yield* Effect.forEach(encodings.slice(0, 2), getEncoded)
        assert.deepStrictEqual([brotli.mock.calls.length, gzip.mock.calls.length], [1, 1], path)
        for (const [n, { encoding, text }] of [...first, ...later].entries()) {
          assert.strictEqual(encoding, encodings[n % 6], path)
          assert.strictEqual(text, first[0]!.text)
        }
      }
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )

  it.live("has a strong ETag for each encoding, and is not sent again to a client that has it", () =>
    Effect.gen(function* () {
      const { url } = yield* served
      for (const path of all) {
        const etags = new Set<string>()
        for (const encoding of ["identity", "gzip", "br"]) {
          const one = yield* get(`${url}${path}`, encoding)
          assert.match(one.etag, /^"[\w-]+"$/u, path)
          assert.strictEqual(one.header("vary"), "accept-encoding")
          const again = yield* get(`${url}${path}`, encoding, { "if-none-match": `"x", ${one.etag}` })
          assert.deepStrictEqual([again.status, again.text, again.etag], [304, "", one.etag], path)
          const other = yield* get(`${url}${path}`, encoding, { "if-none-match": '"x"' })
          assert.deepStrictEqual([other.status, other.text], [200, one.text], path)
          etags.add(one.etag)
        }
        assert.strictEqual(etags.size, 3, path)
      }
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )

  it.live("is one buffer for all clients, including those that never read", () =>
    Effect.gen(function* () {
      const { url } = yield* served
      yield* get(`${url}/docs`, "br")
      const compressions = yield* spied(zlib, "brotliCompress")
      const ended = yield* spied(ServerResponse.prototype, "end")
      const count = 100
      const stalled = yield* Effect.forEach(Array.from({ length: count }), () => openRawConnection(url))
      for (const { send, socket } of stalled) {
        socket.pause()
        send("GET /docs HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: br\r\n\r\n")
      }
      yield* Effect.promise(() => vi.waitUntil(() => ended.mock.calls.length === count, { timeout: 10_000 }))
      const bodies = new Set(ended.mock.calls.map(([body]) => body))
      assert.strictEqual(bodies.size, 1)
      assert.instanceOf([...bodies][0], Uint8Array)
      assert.lengthOf(compressions.mock.calls, 0)
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )
})

it.each([
  [undefined, "identity"],
  ["", "identity"],
  ["gzip, deflate, br", "br"],
  ["gzip", "gzip"],
  ["GZIP;q=0.5, br;q=0.4", "gzip"],
  ["br;q=0, gzip", "gzip"],
  ["*", "br"],
  ["*;q=0", "identity"],
  ["gzip;q=0, br;q=0", "identity"],
  ["identity, br;q=0.5", "identity"],
  ["zstd, deflate", "identity"],
  ["br;q=nonsense", "identity"]
])("of %j the best encoding is %s", (header, encoding) => {
  assert.strictEqual(encodingFor(header), encoding)
})
