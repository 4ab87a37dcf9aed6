import { assert, it } from "@effect/vitest"
import { Duration, Effect, Layer, References } from "effect"
import { Decision } from "#domain/model/index.ts"
import { Night } from "#domain/values.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { type CommandContext, Commands, StreamContended } from "#layers/commands/Commands.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import * as LogTail from "#layers/monitoring/tail/LogTail.ts"
import { LogFull, LogUnavailable, MessageTooLarge, UndecodableEvent, WriteRejected } from "#layers/services/EventLog.ts"
import { Health } from "#layers/services/Health.ts"
import { LogDamaged } from "#layers/services/Integrity.ts"
import { StoreUnavailable } from "#layers/services/KeyValue.ts"
import { Subscriptions } from "#layers/services/Subscriptions.ts"
import { ViewBehind, ViewRebuilding, Views } from "#layers/views/Views.ts"
import { Served, servedOn } from "#test/hotel/support/servedHttp.ts"

const secret = "nats://user:s3cr3t@10.0.0.7:4222"
const path = "/mutation/book-room"
const data = { room: { id: 1 }, client: { id: 1 }, date: "2022-12-12" }

interface FakedServices {
  readonly execute?: Effect.Effect<any, any>
  readonly get?: Effect.Effect<any, any>
  readonly lag?: Effect.Effect<number, LogUnavailable>
  readonly report?: Effect.Effect<{ ready: boolean; log: string; streams: {} }>
  readonly deadLetters?: Effect.Effect<never, StoreUnavailable>
}

/** The hotel in memory, for the services that are not faked. */
const hotelInMemory = Layer.mergeAll(LogTail.layer(hotelBooking), DeadLetters.layer).pipe(
  Layer.provideMerge(Memory.layer(hotelBooking))
)

const noWait = { waitForPosition: () => Effect.never }
const noDryRun = { dryRun: () => Effect.never }

/** The hotel, served on fake services. */
const servedWith = ({
  execute = Effect.never,
  get = Effect.never,
  lag = Effect.succeed(0),
  report = Effect.succeed({ ready: true, log: "here", streams: {} }),
  deadLetters
}: FakedServices) =>
  servedOn(hotelBooking).pipe(
    Layer.provide(
      Layer.mergeAll(
        Layer.succeed(Commands, { ...noDryRun, execute: () => execute }),
        Layer.succeed(Views, {
          ...noWait,
          get: () => get,
          read: () => Effect.map(get, (row) => ({ row, ageMillis: 0 }))
        }),
        Layer.succeed(Subscriptions, { run: () => Effect.never, lag: () => lag, position: () => Effect.succeed(0) }),
        Layer.succeed(Health, { report }),
        Layer.effect(
          DeadLetters,
          Effect.map(DeadLetters, (service) => ({ ...service, ...(deadLetters && { all: deadLetters }) }))
        )
      ).pipe(Layer.provideMerge(hotelInMemory))
    ),
    Layer.fresh
  )

const failures = [
  [503, "LogUnavailable", new LogUnavailable({ reason: secret, cause: new Error(secret) }), "1"],
  [503, "LogDamaged", new LogDamaged({ log: "hotel", findings: [secret] }), "60"],
  [503, "LogFull", new LogFull({ reason: secret }), "60"],
  [
    503,
    "FactUnreadable",
    new UndecodableEvent({ subject: "s", streamId: "book/x", position: 1, reason: secret }),
    "60"
  ],
  [
    503,
    "FactUnreadable",
    new UndecodableEvent({ subject: "s", streamId: "book/x", position: 1, reason: secret, isNewer: true }),
    "1"
  ],
  [503, "Contended", new StreamContended({ streamId: "room-night/1_2022-12-12" }), "1"]
] as const

it.live.each(failures)("%i for %s, with retry-after", ([status, code, failure, retryAfter]) =>
  Effect.gen(function* () {
    const { put } = yield* Served
    const answer = yield* put(path, { data, correlationId: "a-stay" })
    assert.deepStrictEqual([answer.status, answer.body.code, answer.body.correlationId], [status, code, "a-stay"])
    assert.strictEqual(answer.headers.get("retry-after"), retryAfter)
    assert.notInclude(answer.text, "s3cr3t")
  }).pipe(Effect.provide(servedWith({ execute: Effect.fail(failure) })))
)

const invalid = new Decision.InvalidDecision({ command: "C", guarded: "course/a", reason: "It returned nothing." })
const permanentFailures = [
  [422, "TooManyEvents", new Decision.TooManyEvents({ command: "C", count: 1_001 }), { count: 1_001, max: 1_000 }],
  [422, "MessageTooLarge", new MessageTooLarge({ type: "E", bytes: 9, maxBytes: 8 }), { bytes: 9, max: 8 }],
  [500, "InvalidDecision", invalid, { detail: invalid.message }],
  [500, "WriteRejected", new WriteRejected({ reason: secret }), {}]
] as const

it.live.each(permanentFailures)("%i for %s, without retry-after", ([status, code, failure, fields]) =>
  Effect.gen(function* () {
    const { client, put } = yield* Served
    const answer = yield* put(path, { data, correlationId: "a-stay" })
    assert.deepStrictEqual([answer.status, answer.body.code, answer.body.correlationId], [status, code, "a-stay"])
    assert.deepInclude(answer.body, fields)
    assert.isNull(answer.headers.get("retry-after"))
    assert.notInclude(answer.text, "s3cr3t")
    const problem = yield* Effect.flip(client.commands.BookRoom({ ...data, date: Night.make(data.date) }))
    assert.include<object>(problem, { code, status })
  }).pipe(
    Effect.provide(servedWith({ execute: Effect.fail(failure) })),
    Effect.provideService(References.MinimumLogLevel, "None")
  )
)

const behind = new ViewBehind({ view: "Rooms", after: 9, position: 7, lag: 2 })
const viewFailures = [
  ["StoreUnavailable", new StoreUnavailable({ bucket: "rooms-v1", reason: secret })],
  ["LogUnavailable", new LogUnavailable({ reason: secret })],
  ["ViewBehind", behind],
  ["ViewRebuilding", new ViewRebuilding({ view: "Rooms", position: 7, target: 9, isStandingBy: false })]
] as const

it.live.each(viewFailures)("503 for a view on %s; the client gets the retry delay", ([code, failure]) =>
  Effect.gen(function* () {
    const { call, client } = yield* Served
    const answer = yield* call("/rooms?after=9")
    assert.deepStrictEqual([answer.status, answer.body.code, answer.headers.get("retry-after")], [503, code, "1"])
    assert.notInclude(answer.text, "s3cr3t")
    const problem = yield* Effect.flip(client.views.Rooms({}, { after: 9 }))
    assert.deepStrictEqual([problem.code, problem.status, problem.retryAfter], [code, 503, 1])
  }).pipe(Effect.provide(servedWith({ get: Effect.fail(failure) })))
)

it.live("a view that is behind responds with its lag", () =>
  Effect.gen(function* () {
    const { body } = yield* (yield* Served).call("/rooms?after=9")
    assert.deepInclude(body, { view: "Rooms", after: 9, position: 7, lag: 2 })
  }).pipe(Effect.provide(servedWith({ get: Effect.fail(behind) })))
)

const defects = [
  ["a defect", Effect.die(new Error(secret))],
  ["a throw", Effect.sync(() => JSON.parse(secret))]
] as const

it.live.each(defects)("500 for %s, without internal details", ([, execute]) =>
  Effect.gen(function* () {
    const answer = yield* (yield* Served).put(path, { data })
    assert.deepStrictEqual([answer.status, answer.body.code], [500, "InternalError"])
    assert.notInclude(answer.text, "s3cr3t")
  }).pipe(Effect.provide(servedWith({ execute })), Effect.provideService(References.MinimumLogLevel, "None"))
)

const notReadyCases: ReadonlyArray<readonly [name: string, services: FakedServices]> = [
  ["the log is not reachable", { report: Effect.succeed({ ready: false, log: "gone", streams: {} }) }],
  ["a lag is unknown", { lag: Effect.fail(new LogUnavailable({ reason: "gone" })) }],
  [
    "the dead letters are unknown",
    { deadLetters: Effect.fail(new StoreUnavailable({ bucket: "parked", reason: secret })) }
  ],
  ["nothing responds", { lag: Effect.never, report: Effect.never }]
]

it.live.each(notReadyCases)("not ready within three seconds while %s; still alive", ([, services]) =>
  Effect.gen(function* () {
    const { call } = yield* Served
    const [elapsed, ready] = yield* Effect.timed(call("/health/ready"))
    assert.deepStrictEqual([ready.status, ready.body.status], [503, "not ready"])
    assert.isBelow(Duration.toMillis(elapsed), 3_000)
    assert.strictEqual(ready.headers.get("retry-after"), "1")
    assert.strictEqual((yield* call("/health/live")).status, 200)
  }).pipe(Effect.provide(servedWith(services)))
)

it.live("the list of dead letters is 503 while the store is unavailable", () =>
  Effect.gen(function* () {
    const answer = yield* (yield* Served).call("/operations/parked")
    assert.deepStrictEqual([answer.status, answer.body.code], [503, "StoreUnavailable"])
    assert.notInclude(answer.text, "s3cr3t")
  }).pipe(
    Effect.provide(servedWith({ deadLetters: Effect.fail(new StoreUnavailable({ bucket: "parked", reason: secret })) }))
  )
)

it.live("a command runs as the endpoint's actor, with the request's traceparent if it is valid", () => {
  const contexts: Array<CommandContext> = []
  const execute = (about: CommandContext) => {
    contexts.push(about)
    return Effect.fail(new LogFull({ reason: "" }))
  }
  const recording = servedOn(hotelBooking).pipe(
    Layer.provide(
      Layer.mergeAll(
        Layer.succeed(Commands, { ...noDryRun, execute: (_, __, about) => execute(about) }),
        Layer.succeed(Views, { ...noWait, get: () => Effect.never, read: () => Effect.never }),
        Layer.succeed(Subscriptions, {
          run: () => Effect.never,
          lag: () => Effect.never,
          position: () => Effect.never
        }),
        Layer.succeed(Health, { report: Effect.never })
      ).pipe(Layer.provideMerge(hotelInMemory))
    )
  )
  const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
  return Effect.gen(function* () {
    const { put } = yield* Served
    const event = { specversion: "1.0", id: "e1", source: "/x", type: "BookRoom", data }
    const structured = { "content-type": "application/cloudevents+json" }
    yield* put(path, { data }, { traceparent: trace })
    yield* put(path, { data }, { traceparent: trace.toUpperCase() })
    yield* put(path, { data }, { traceparent: trace.replace("0af7651916cd43dd8448eb211c80319c", "0".repeat(32)) })
    yield* put(path, { ...event, traceparent: trace }, structured)
    yield* put("/mutation/cleanup", { data: { room: data.room, date: data.date } }, { "idempotency-key": "k" })
    assert.deepStrictEqual(
      contexts.map(({ traceparent }) => traceparent),
      [trace, undefined, undefined, trace, undefined]
    )
    assert.deepStrictEqual(
      contexts.map(({ actor, commandId }) => [actor, commandId]),
      [
        ["Guest", undefined],
        ["Guest", undefined],
        ["Guest", undefined],
        ["Guest", "/x e1"],
        ["Manager", "k"]
      ]
    )
  }).pipe(Effect.provide(recording))
})
