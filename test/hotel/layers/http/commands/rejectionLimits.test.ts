import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { callerOf } from "#layers/http/checks/callerOf.ts"
import { tokenBuckets } from "#layers/http/checks/tokenBuckets.ts"
import { rejectionLimits } from "#layers/http/commands/rejectionLimits.ts"
import { start } from "#layers/http/server/httpServer.ts"
import { AuditEntries } from "#layers/memory/AuditMemory.ts"
import { Health } from "#layers/services/Health.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"

const hotel = runningBoard(hotelBooking, memoryBackend)

const book = (url: string, room: number, date = "2022-12-12", query = "") =>
  Effect.promise(async () => {
    const data = { room: { id: room }, client: { id: 1 }, date }
    const headers = { "content-type": "application/json" }
    const path = room === 0 ? "/mutation/add-room" : `/mutation/book-room${query}`
    const body = JSON.stringify({ data: room === 0 ? { room: { id: 1 } } : data })
    const answer = await fetch(`${url}${path}`, { method: "PUT", headers, body })
    return { status: answer.status, retryAfter: answer.headers.get("retry-after"), body: (await answer.json()) as any }
  })

describe("rejected commands", () => {
  it.live("get 429 once a client has too many; accepted commands and dry runs do not", () =>
    Effect.gen(function* () {
      const { url } = yield* start(hotelBooking, { host: "127.0.0.1", port: 0, rejectionsPerMinute: 3 })
      const statuses = yield* Effect.forEach([7, 8, 9, 10], (room) =>
        Effect.map(book(url, room), ({ status }) => status)
      )
      assert.deepStrictEqual(statuses, [409, 409, 409, 429])
      const { body, retryAfter } = yield* book(url, 11)
      assert.deepStrictEqual([body.code, body.of], ["TooManyRefusals", "caller"])
      assert.isAtLeast(Number(retryAfter), 1)
      assert.isAtMost(Number(retryAfter), 20)
      assert.strictEqual((yield* book(url, 0)).status, 201)
      assert.strictEqual((yield* book(url, 1)).status, 201)
      assert.strictEqual((yield* book(url, 1)).status, 429)
      assert.strictEqual((yield* book(url, 1, "2022-12-12", "?dryRun=true")).status, 409)
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )

  it.live("include commands with nothing to do, since they are audited too", () =>
    Effect.gen(function* () {
      const { url } = yield* start(hotelBooking, { host: "127.0.0.1", port: 0, rejectionsPerMinute: 2 })
      const all = yield* Effect.forEach([1, 2, 3, 4], () => Effect.map(book(url, 0), ({ status }) => status))
      assert.deepStrictEqual(all, [201, 200, 200, 429])
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )

  it.effect("are limited per client and per event stream, and allowed again over time", () =>
    Effect.gen(function* () {
      const limitOf = rejectionLimits(60)
      const ann = limitOf("192.0.2.1")
      yield* Effect.forEach(Array.from({ length: 60 }), (_, n) => ann(`room-night/${n}`))
      const limited = yield* Effect.flip(ann("room-night/60"))
      assert.deepStrictEqual([limited.scope, limited.retryAfterSeconds], ["caller", 1])
      const others = ["192.0.2.2", "192.0.2.3"].map(limitOf)
      yield* Effect.forEach(Array.from({ length: 60 }), (_, n) => others[n % 2]!("room-night/x"))
      assert.strictEqual((yield* Effect.flip(others[0]!("room-night/x"))).scope, "event stream")
      yield* others[0]!("room-night/y")
      yield* TestClock.adjust("1 second")
      yield* ann("room-night/60")
      assert.strictEqual((yield* Effect.flip(ann("room-night/60"))).scope, "caller")
      yield* TestClock.adjust("1 hour")
      yield* Effect.forEach(Array.from({ length: 60 }), (_, n) => ann(`room-night/${n}`))
      assert.strictEqual((yield* Effect.flip(ann("room-night/60"))).scope, "caller")
    })
  )

  it("a clock that is set back removes no tokens", () => {
    const { take, waitMillis } = tokenBuckets(1)
    assert.strictEqual(waitMillis("a", 1_000_000), 0)
    take("a", 1_000_000)
    assert.strictEqual(waitMillis("a", 400_000), 60_000)
    assert.strictEqual(waitMillis("a", 1_060_000), 0)
  })

  it("a client is an address, or an IPv6 network", () => {
    assert.strictEqual(callerOf("::ffff:192.0.2.1"), "192.0.2.1")
    assert.strictEqual(callerOf("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64")
    assert.strictEqual(callerOf("2001:0db8:1:2::9"), "2001:db8:1:2::/64")
    assert.strictEqual(callerOf("fe80::1%eth0"), "fe80:0:0:0::/64")
    assert.strictEqual(callerOf("::1"), "0:0:0:0::/64")
  })

  it.live("are audited if they get 409, and not if they get 429", () =>
    Effect.gen(function* () {
      const context = yield* Layer.build(Layer.fresh(hotel))
      yield* Effect.gen(function* () {
        const { url } = yield* start(hotelBooking, { host: "127.0.0.1", port: 0, rejectionsPerMinute: 5 })
        const answers = yield* Effect.forEach(Array.from({ length: 9 }), (_, n) => book(url, n + 20))
        const { entries } = yield* AuditEntries
        assert.lengthOf(entries, answers.filter(({ status }) => status === 409).length)
        assert.lengthOf(entries, 5)
      }).pipe(Effect.provide(context as never)) as Effect.Effect<void>
    }).pipe(Effect.scoped)
  )
})

it.live("a stream that is nearly full makes readiness degraded, and is listed there", () =>
  Effect.gen(function* () {
    const filling = { audit: 0.83, "room-booking": 0.97 }
    const full = Layer.succeed(Health, { report: Effect.succeed({ ready: true, log: "x", streams: {}, filling }) })
    const { url } = yield* start(hotelBooking, { host: "127.0.0.1", port: 0 }).pipe(Effect.provide(full))
    const answer = yield* Effect.promise(() => fetch(`${url}/health/ready`))
    const body = (yield* Effect.promise(() => answer.json())) as any
    assert.deepStrictEqual([answer.status, body.status, body.filling], [200, "degraded", filling])
  }).pipe(Effect.scoped, Effect.provide(hotel))
)
