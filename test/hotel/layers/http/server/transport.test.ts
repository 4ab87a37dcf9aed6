import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { start } from "#layers/http/server/httpServer.ts"
import { notebook } from "#test/boards/notesBoard.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { openRawConnection } from "#test/support/rawConnection.ts"

const host = "Host: localhost\r\n"
const json = `${host}Content-Type: application/json\r\n`
const end = "Connection: close\r\n\r\n"
const book = "PUT /mutation/book-room HTTP/1.1\r\n"
const get = (target: string, version = "1.1") => `GET ${target} HTTP/${version}\r\n${host}${end}`

type Case = readonly [name: string, request: string, status: number, code: string, detail: string]

/** Requests that never reach a route, with the status, the code and a part of the detail of their problems. */
const rejected: ReadonlyArray<Case> = [
  ["text that is not HTTP", "hello\r\n\r\n", 400, "UnreadableRequest", "HTTP/1.1"],
  ["a blank in the target", get("/a b"), 400, "UnreadableRequest", "HTTP"],
  ["a header without a colon", `GET /rooms HTTP/1.1\r\n${host}foo\r\n${end}`, 400, "UnreadableRequest", "header"],
  ["a folded header", `GET /rooms HTTP/1.1\r\n${host}a: b\r\n c\r\n${end}`, 400, "UnreadableRequest", ""],
  ["two lengths", `${book}${json}Content-Length: 2\r\nContent-Length: 3\r\n${end}{}`, 400, "UnreadableRequest", ""],
  [
    "a length beside a transfer coding",
    `${book}${json}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n${end}0\r\n\r\n`,
    400,
    "UnreadableRequest",
    "can't be present with"
  ],
  [
    "a transfer coding in HTTP/1.0",
    `PUT /mutation/book-room HTTP/1.0\r\n${json}Transfer-Encoding: chunked\r\n${end}2\r\n{}\r\n0\r\n\r\n`,
    400,
    "UnreadableRequest",
    "Content-Length"
  ],
  [
    "another transfer coding",
    `${book}${json}Transfer-Encoding: gzip, chunked\r\n${end}2\r\n{}\r\n0\r\n\r\n`,
    501,
    "TransferCodingUnknown",
    "chunked"
  ],
  [
    "an invalid chunk",
    `${book}${json}Transfer-Encoding: chunked\r\n${end}zz\r\n{}\r\n0\r\n\r\n`,
    400,
    "UnreadableRequest",
    "chunk"
  ],
  [
    "endless extensions of a chunk",
    `${book}${json}Transfer-Encoding: chunked\r\n${end}2;${"x".repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
    413,
    "ChunkExtensionsTooLarge",
    "16 KiB"
  ],
  ["an endless target", get(`/${"x".repeat(9_000)}`), 414, "UriTooLong", "8 KiB"],
  ["endless headers", `GET / HTTP/1.1\r\n${host}X: ${"x".repeat(9_000)}\r\n${end}`, 431, "HeadersTooLarge", "8 KiB"],
  ["an unknown method", `FROB / HTTP/1.1\r\n${host}${end}`, 501, "MethodNotImplemented", "method"],
  ["a method in lower case", `get / HTTP/1.1\r\n${host}${end}`, 501, "MethodNotImplemented", "upper case"],
  ["an unknown expectation", `${book}${json}Expect: tea\r\n${end}`, 417, "ExpectationFailed", "100-continue"],
  ["a tunnel", `CONNECT localhost:80 HTTP/1.1\r\n${host}${end}`, 405, "MethodNotAllowed", "proxy"],
  ["another version of HTTP", get("/rooms", "2.0"), 505, "HttpVersionNotSupported", "HTTP/1.1"],
  ["* with a method other than OPTIONS", get("*"), 400, "InvalidRequest", "target"],
  ["a fragment", get("/rooms#1"), 400, "InvalidRequest", "fragment"],
  ["a query that is not UTF-8", get("/facts?correlation=%FF"), 400, "InvalidRequest", "percent-encoded"],
  ["no host", `GET /rooms HTTP/1.1\r\n${end}`, 400, "InvalidRequest", "host"],
  ["two hosts", `GET /rooms HTTP/1.1\r\n${host}${host}${end}`, 400, "InvalidRequest", "host"],
  ["another host", `GET /rooms HTTP/1.1\r\nHost: evil.example\r\n${end}`, 421, "HostNotAllowed", "host"],
  [
    "two content types",
    `${book}${json}Content-Type: text/plain\r\nContent-Length: 2\r\n${end}{}`,
    400,
    "InvalidRequest",
    "content-type"
  ]
]

/** Reads raw responses, since an HTTP client would repair them. */
const answerTo = (url: string, request: string) =>
  Effect.gen(function* () {
    const { closed, send } = yield* openRawConnection(url)
    send(request)
    const received = yield* Effect.promise(() => closed)
    const [head = "", body = ""] = received.split(/\r\n\r\n(.*)/su)
    const [line = "", ...lines] = head.split("\r\n")
    const headers = new Headers(lines.map((each) => each.split(/: (.*)/su).slice(0, 2) as [string, string]))
    return { status: Number(line.split(" ")[1]), headers, body }
  }).pipe(Effect.scoped)

const hotel = runningBoard(hotelBooking, memoryBackend)
const served = start(hotelBooking, { host: "127.0.0.1", port: 0 })

describe("raw requests", () => {
  it.live.each(rejected)("%s is rejected with a problem document", ([, request, status, code, detail]) =>
    Effect.gen(function* () {
      const { url } = yield* served
      const answer = yield* answerTo(url, request)
      const problem = JSON.parse(answer.body) as Record<"code" | "detail", string> & { readonly status: number }
      assert.deepInclude(problem, { status, code })
      assert.strictEqual(answer.status, status)
      assert.include(problem.detail, detail)
      assert.strictEqual(answer.headers.get("content-type"), "application/problem+json")
      assert.strictEqual(answer.headers.get("x-content-type-options"), "nosniff")
      assert.strictEqual(answer.headers.get("cache-control"), "no-store")
      assert.strictEqual(answer.headers.get("connection"), "close")
      assert.strictEqual(answer.headers.get("content-length"), `${Buffer.byteLength(answer.body)}`)
      assert.isNotNaN(Date.parse(answer.headers.get("date")!))
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )

  it.live("an empty expectation and 100-continue are accepted", () =>
    Effect.gen(function* () {
      const { url } = yield* served
      const empty = yield* answerTo(url, `GET /rooms HTTP/1.1\r\n${host}Expect:\r\n${end}`)
      assert.strictEqual(empty.status, 200)
      const { closed, send } = yield* openRawConnection(url)
      send(`${book}${json}Expect: 100-Continue\r\nContent-Length: 2\r\n${end}{}`)
      assert.match(yield* Effect.promise(() => closed), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 400 /u)
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )

  it.live("a ; in a path is part of it, and begins no query", () =>
    Effect.gen(function* () {
      const { url } = yield* served
      for (const [target, status] of [
        ["/rooms;x", 404],
        ["/rooms;after=1", 404],
        ["/rooms%3Bx", 404],
        ["/docs;x", 404],
        ["/rooms/1;date=2/nights/2022-12-12", 400],
        ["/rooms?after=0;x", 400],
        ["/%72ooms", 200]
      ] as const) {
        assert.strictEqual((yield* answerTo(url, get(target))).status, status, target)
      }
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )

  it.live("a path segment may contain a ;, literally or percent-encoded", () =>
    Effect.gen(function* () {
      const { url } = yield* start(notebook, { host: "127.0.0.1", port: 0 })
      for (const topic of ["a;b", "a%3Bb", "a;b?after=0"]) {
        const answer = yield* answerTo(url, get(`/members/jo@example.com/notes/${topic}`))
        assert.strictEqual(answer.status, 200, topic)
        assert.strictEqual((JSON.parse(answer.body) as { readonly topic: string }).topic, "a;b")
      }
    }).pipe(Effect.scoped, Effect.provide(runningBoard(notebook, memoryBackend)))
  )
})
