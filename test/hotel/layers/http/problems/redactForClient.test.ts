import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Effect, Exit, Layer, Logger, Schedule, Scope } from "effect"
import { Key } from "#domain/model/index.ts"
import { Night } from "#domain/values.ts"
import { redactForClient } from "#layers/http/problems/redactForClient.ts"
import * as Nats from "#layers/nats/natsServices.ts"
import { thrownPrefix, failureReason } from "#layers/processors/failureReason.ts"
import { ProcessorErrors } from "#layers/processors/ProcessorErrors.ts"
import { Health } from "#layers/services/Health.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { Served, servedOn } from "#test/hotel/support/servedHttp.ts"
import { throwingHotel } from "#test/hotel/support/throwingHotel.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { testServer } from "#test/support/testServer.ts"

/** Texts with addresses or event data, as NATS, Node and JSON.parse produce them, and their redacted forms. */
const secrets: ReadonlyArray<readonly [reason: string, redacted: string]> = [
  ["The log is not reachable: nats://ann:pass@10.0.0.7:4222", "The log is not reachable: a server"],
  ["not reachable: tls://nats.example:4222,nats://b:4222; try", "not reachable: a server,a server; try"],
  ["connect ECONNREFUSED 10.0.0.7:4222", "connect ECONNREFUSED a server"],
  ["connect ECONNREFUSED ::1:4222", "connect ECONNREFUSED a server"],
  ["connect ECONNREFUSED [fe80::1]:4222", "connect ECONNREFUSED a server"],
  ["getaddrinfo ENOTFOUND nats.internal", "getaddrinfo ENOTFOUND a server"],
  ["no answer from nats-1.hotel.internal:4222", "no answer from a server"],
  ["localhost:4222: it does not answer", "a server: it does not answer"],
  [
    `its body is not JSON: SyntaxError: Unexpected token 'J', "{"guest":"Jane Doe"}" is not valid JSON`,
    "its body is not JSON: SyntaxError: Unexpected token 'J', … is not valid JSON"
  ],
  [failureReason(new Error("Jane Doe is too heavy")), `${thrownPrefix}, which is in the app's log`],
  [
    `7 still cannot be processed: ${failureReason("Jane")}`,
    `7 still cannot be processed: ${thrownPrefix}, which is in the app's log`
  ]
]

/** Texts that clients need, without secrets. */
const open = [
  'its headers are not those of an event: Missing key\n  at ["ce-id"]',
  'Expected number\n  at ["room"]["id"]',
  "The event at position 25 (hotel.room-night.booking.1_2022-12-12.room-booked) cannot be read: the board has no event named X",
  "NoteTaken has 70000 bytes as a message; at most 65536 are stored. Nothing was written.",
  "The log hotel is damaged: it ends at position 20, and later events are known to: this process (21)",
  "The stream hotel is full (maximum bytes exceeded (10077)). nats stream edit hotel --max-bytes <bytes, such as 128GiB>",
  "since 2026-11-30T08:24:33.147Z",
  failureReason(new Key.InvalidKey({ field: "topic", reason: "Expected at most 1024 characters" }))
]

describe("a reason for clients", () => {
  it.each(secrets)("has no address and no event data: %s", (reason, redacted) => {
    assert.strictEqual(redactForClient(reason), redacted)
  })

  it.each(open)("is unchanged otherwise: %s", (reason) => {
    assert.strictEqual(redactForClient(reason), reason)
  })
})

const secret = "Jane Doe waits at nats://ann:pass@10.0.0.7:4222"
const leakyHotel = throwingHotel(() => secret)

/** A logger, and the lines that it has logged. */
const lineLogger = () => {
  const lines: Array<string> = []
  const logger = Logger.make(({ cause, message }) => void lines.push(`${String(message)} ${Cause.pretty(cause)}`))
  return { lines, layer: Logger.layer([logger]) }
}

const retry = { method: "POST", headers: { "content-type": "application/json" } }

it.live("dead letters and errors are redacted for clients; the app's log has the full reason", () => {
  const { layer, lines } = lineLogger()
  return Effect.gen(function* () {
    const { call, client } = yield* Served
    const room = { id: 1 }
    yield* client.commands.AddRoom({ room })
    const { seq } = yield* client.commands.BookRoom({ room, client: { id: 1 }, date: Night.make("2032-02-27") })
    yield* call(`/views/booking?after=${seq}`)
    const { parked } = (yield* call("/operations/parked")).body
    assert.strictEqual(parked[0].reason, `${thrownPrefix}, which is in the app's log`)
    assert.isTrue(lines.some((line) => line.includes(secret)))
    lines.length = 0
    const retried = yield* call(`/operations/parked/${parked[0].id}/retry`, retry)
    assert.deepStrictEqual([retried.status, retried.body.code], [409, "StillStuck"])
    assert.notInclude(retried.text, "Jane")
    assert.isTrue(lines.some((line) => line.includes(secret)))

    const { record } = yield* ProcessorErrors
    yield* record("view Booking", { message: "The log is not reachable: 10.0.0.7:4222" })
    const { error } = (yield* call("/operations")).body.views.Booking
    assert.strictEqual(error.message, "The log is not reachable: a server")
  }).pipe(
    Effect.provide(servedOn(leakyHotel).pipe(Layer.provideMerge(runningBoard(leakyHotel, memoryBackend)))),
    Effect.provide(layer)
  )
})

it.live(
  "readiness never contains an address; the log says why the server is unreachable",
  () => {
    const { layer, lines } = lineLogger()
    return Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { url } = yield* testServer({ syncInterval: "2m" }).pipe(Scope.provide(scope))
      const services = yield* Layer.build(Nats.layer(library, { servers: url, replicas: 1 }))
      const { report } = Context.get(services, Health)
      assert.deepInclude(yield* report, { ready: true, log: "reachable" })
      yield* Scope.close(scope, Exit.void)
      const down = Effect.repeat(report, {
        until: ({ ready }) => !ready,
        schedule: Schedule.spaced("20 millis")
      })
      assert.deepInclude(yield* down, { ready: false, log: "not reachable" })
      yield* report
      const warnings = lines.filter((line) => line.startsWith("Not ready: "))
      assert.strictEqual(new Set(warnings).size, warnings.length)
      assert.isAbove(warnings.length, 0)
    }).pipe(Effect.scoped, Effect.provide(layer))
  },
  60_000
)
