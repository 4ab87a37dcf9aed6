import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, Schedule } from "effect"
import { boardRoles } from "#layers/access/boardRoles.ts"
import { BoardMetrics } from "#layers/telemetry/metrics/BoardMetrics.ts"
import * as Telemetry from "#layers/telemetry/telemetry.ts"
import { ann, book, library } from "#test/boards/libraryBoard.ts"
import { type Backend, runningBoard } from "#test/support/backends.ts"
import { ownRegistry } from "#test/support/metricLines.ts"
import { otlpReceiver, type ReceivedSpan } from "#test/support/otlpReceiver.ts"
import { ServedBoard, servedBoard } from "#test/support/servedBoard.ts"
import { testAuthenticator, token } from "#test/support/testIssuer.ts"

const callerTrace = "0af7651916cd43dd8448eb211c80319c"
const traceparent = `00-${callerTrace}-b7ad6b7169203331-01`

/** The kinds of OTLP. */
const kinds = { internal: 1, server: 2, producer: 4, consumer: 5 }

const otlp = (endpoint: string, ratio = 1) => ({
  endpoint,
  protocol: "http/json" as const,
  headers: { "x-token": "secret" },
  serviceName: "library-test",
  sampling: { ratio, perSecond: 1000 }
})

/** Serves the library with this telemetry while `use` runs; everything is exported when that ends. */
const whileServed = <A, E>(
  backend: Backend,
  options: Telemetry.TelemetryOptions,
  use: Effect.Effect<A, E, ServedBoard>,
  served = servedBoard(library)
) =>
  use.pipe(
    Effect.provide(
      served.pipe(
        Layer.provideMerge(runningBoard(library, backend)),
        Layer.provideMerge(Telemetry.layer(library, options)),
        Layer.provide(ownRegistry)
      )
    )
  )

/** The library where callers authenticate, so that their traces are not trusted. */
const servedToCallers = Effect.map(
  Effect.promise(() => token({ roles: boardRoles(library).map(({ name }) => name) })),
  (text) => servedBoard(library, { authentication: testAuthenticator, headers: { authorization: `Bearer ${text}` } })
)

/** Returns a book, and waits until the robot has shelved it, and the view knows. */
const returnBook = (headers?: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const { call, put } = yield* ServedBoard
    yield* put("/acquire", { data: { book, title: "Moby-Dick" } })
    yield* put("/borrow", { data: { book, reader: ann } })
    const { body } = yield* put("/return", { data: { book, reader: ann } }, headers)
    yield* Effect.repeat(call(`/books/moby?after=${body.seq}`), {
      until: (answer) => answer.body.where === "m",
      schedule: Schedule.spaced("10 millis")
    })
    return yield* call(`/facts/${body.seq}`)
  })

const childrenOf = (spans: ReadonlyArray<ReceivedSpan>, { spanId }: ReceivedSpan) =>
  spans
    .filter(({ parentSpanId }) => parentSpanId === spanId)
    .map(({ name }) => name)
    .sort()

export const traces = (backend: Backend) => {
  it.live(`one trace goes from the request over the append to the automation and the view, on ${backend.name}`, () =>
    Effect.gen(function* () {
      const receiver = yield* otlpReceiver
      const options = { metrics: true, logFormat: "json" as const, otlp: otlp(receiver.url) }
      const stored = yield* whileServed(backend, options, returnBook({ traceparent }))

      const spans = receiver.spans().filter(({ traceId }) => traceId === callerTrace)
      const named = (name: string) => spans.find((span) => span.name === name)!
      const request = named("PUT /return")
      assert.strictEqual(request.parentSpanId, "b7ad6b7169203331")
      assert.strictEqual(request.kind, kinds.server)
      assert.deepInclude(request.attributes, {
        "http.request.method": "PUT",
        "http.route": "/return",
        "http.response.status_code": 201
      })
      assert.deepStrictEqual(childrenOf(spans, request), ["execute ReturnBook"])
      const command = named("execute ReturnBook")
      assert.strictEqual(command.attributes["command.outcome"], "accepted")
      assert.deepStrictEqual(childrenOf(spans, command), ["send library"])

      const append = spans.find(({ parentSpanId }) => parentSpanId === command.spanId)!
      assert.strictEqual(append.kind, kinds.producer)
      assert.deepInclude(append.attributes, {
        "messaging.system": "nats",
        "messaging.operation.type": "send",
        "messaging.destination.name": "library",
        "messaging.batch.message_count": 1
      })
      assert.deepInclude(stored.body, { traceparent: `00-${callerTrace}-${append.spanId}-01` })
      assert.deepStrictEqual(childrenOf(spans, append), ["process shelve-books", "process view-shelf-v1"])

      const reaction = named("process shelve-books")
      assert.strictEqual(reaction.kind, kinds.consumer)
      assert.strictEqual(reaction.attributes["messaging.operation.type"], "process")
      assert.deepStrictEqual(childrenOf(spans, reaction), ["execute ShelveBook"])
      assert.deepStrictEqual(childrenOf(spans, named("execute ShelveBook")), ["send library"])
    }).pipe(Effect.scoped)
  )

  it.live(`metrics, logs and the resource are exported too, with the headers of the settings, on ${backend.name}`, () =>
    Effect.gen(function* () {
      const receiver = yield* otlpReceiver
      const options = { metrics: true, logFormat: "json" as const, otlp: otlp(receiver.url) }
      const use = Effect.gen(function* () {
        yield* returnBook()
        yield* Option.getOrThrow(yield* Effect.serviceOption(BoardMetrics)).collect
        yield* Effect.logWarning("a warning")
      })
      yield* whileServed(backend, options, use)
      assert.containsAllKeys(receiver.resource(), ["service.name", "telemetry.sdk.name"])
      assert.strictEqual(receiver.resource()["service.name"], "library-test")
      assert.isTrue(receiver.metricNames().has("commands_total"))
      assert.isTrue(receiver.metricNames().has("processor_lag_events"))
      assert.isTrue(receiver.headers.every((headers) => headers["x-token"] === "secret"))
      assert.isTrue(
        receiver.logs().some(({ body, severityText }) => severityText === "Warn" && body.stringValue === "a warning")
      )
    }).pipe(Effect.scoped)
  )

  it.live(`no span names a client, a key or a query, on ${backend.name}`, () =>
    Effect.gen(function* () {
      const receiver = yield* otlpReceiver
      const options = { metrics: false, logFormat: "json" as const, otlp: otlp(receiver.url) }
      yield* whileServed(backend, options, returnBook({ cookie: "session=1", "x-forwarded-for": "192.0.2.7" }))
      const text = JSON.stringify(receiver.spans())
      assert.include(text, "GET /books/:book")
      for (const value of ["session=1", "192.0.2.7", "127.0.0.1", "/books/moby", "after=", "Moby-Dick"]) {
        assert.notInclude(text, value)
      }
    }).pipe(Effect.scoped)
  )

  it.live(`a trace that is not sampled is passed on and not exported, on ${backend.name}`, () =>
    Effect.gen(function* () {
      const receiver = yield* otlpReceiver
      const options = { metrics: false, logFormat: "json" as const, otlp: otlp(receiver.url, 0) }
      const stored = yield* whileServed(backend, options, returnBook())
      assert.deepStrictEqual(receiver.spans(), [])
      assert.match(stored.body.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/u)
      yield* whileServed(backend, options, returnBook({ traceparent }))
      assert.isTrue(
        receiver.spans().every(({ traceId }) => traceId === callerTrace),
        "a caller decides for its own trace"
      )
      assert.isAbove(receiver.spans().length, 0)
    }).pipe(Effect.scoped)
  )

  it.live(
    `a trace context that is not trusted is linked from a new trace, and no event has it, on ${backend.name}`,
    () =>
      Effect.gen(function* () {
        const receiver = yield* otlpReceiver
        const options = { metrics: false, logFormat: "json" as const, otlp: otlp(receiver.url) }
        const stored = yield* whileServed(backend, options, returnBook({ traceparent }), yield* servedToCallers)
        const spans = receiver.spans()
        assert.isTrue(spans.every(({ traceId }) => traceId !== callerTrace))
        assert.strictEqual(spans.find(({ name }) => name === "PUT /return")!.links[0]!.traceId, callerTrace)
        assert.notInclude(stored.body.traceparent, callerTrace)
      }).pipe(Effect.scoped)
  )

  it.live(
    `without an exporter an event keeps the trace context of its caller, if that is trusted, on ${backend.name}`,
    () =>
      Effect.gen(function* () {
        const options = { metrics: true, logFormat: "json" as const, otlp: undefined }
        const stored = yield* whileServed(backend, options, returnBook({ traceparent }))
        assert.strictEqual(stored.body.traceparent, traceparent)
        const { body } = yield* whileServed(backend, options, returnBook({ traceparent }), yield* servedToCallers)
        assert.isUndefined(body.traceparent)
      }).pipe(Effect.scoped)
  )
}
