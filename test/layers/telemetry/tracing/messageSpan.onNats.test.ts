import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as Telemetry from "#layers/telemetry/telemetry.ts"
import { book, library } from "#test/boards/libraryBoard.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { ownRegistry } from "#test/support/metricLines.ts"
import { NatsClient, natsClient } from "#test/support/natsRequests.ts"
import { otlpReceiver } from "#test/support/otlpReceiver.ts"

const callerTrace = "0af7651916cd43dd8448eb211c80319c"
const traceparent = `00-${callerTrace}-b7ad6b7169203331-01`

const cloudEvent = {
  "ce-specversion": "1.0",
  "ce-id": "1",
  "ce-source": "/test",
  "ce-type": "BorrowBook",
  "content-type": "application/json",
  "ce-traceparent": traceparent
}

it.live("a command over NATS is a span of its caller's trace, and so is what it causes", () =>
  Effect.gen(function* () {
    const receiver = yield* otlpReceiver
    const otlp = {
      endpoint: receiver.url,
      protocol: "http/json" as const,
      headers: {},
      serviceName: "library-test",
      sampling: { ratio: 0, perSecond: 1000 }
    }
    const served = natsClient(library).pipe(
      Layer.provide(runningBoard(library, memoryBackend)),
      Layer.provide(Telemetry.layer(library, { metrics: false, logFormat: "json", otlp })),
      Layer.provide(ownRegistry),
      Layer.orDie
    )
    yield* Effect.gen(function* () {
      const { request } = yield* NatsClient
      yield* request("cmd.library.AcquireBook", { data: { book, title: "Moby-Dick" } }, { traceparent })
      yield* request("cmd.library.BorrowBook", { book, reader: { id: "ann" } }, cloudEvent)
    }).pipe(Effect.provide(served))

    for (const command of ["AcquireBook", "BorrowBook"]) {
      const span = (name: string) => receiver.spans().find((each) => each.name === name)!
      const message = span(`process cmd.library.${command}`)
      assert.deepInclude(message, { traceId: callerTrace, parentSpanId: "b7ad6b7169203331", kind: 5 })
      assert.deepInclude(message.attributes, {
        "messaging.system": "nats",
        "messaging.destination.name": `cmd.library.${command}`,
        "messaging.operation.type": "process"
      })
      assert.strictEqual(span(`execute ${command}`).parentSpanId, message.spanId)
    }
  }).pipe(Effect.scoped)
)
