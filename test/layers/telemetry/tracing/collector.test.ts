import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Queue } from "effect"
import * as Telemetry from "#layers/telemetry/telemetry.ts"
import { book, library } from "#test/boards/libraryBoard.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { ownRegistry } from "#test/support/metricLines.ts"
import { ServedBoard, servedBoard } from "#test/support/servedBoard.ts"
import { temporaryFolder } from "#test/support/testServer.ts"
import { freePort } from "../../../../bench/freePort.ts"

const otelcol = process.env["OTELCOL"] ?? "otelcol"
const hasCollector = spawnSync(otelcol, ["--version"]).status === 0
if (!hasCollector)
  console.log("  · otelcol is not on the path, and OTELCOL names none: the test with a collector is skipped")

const configuration = (port: number) => `
receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:${port}
exporters:
  debug:
    verbosity: detailed
service:
  telemetry:
    metrics:
      level: none
  pipelines:
    traces: { receivers: [otlp], exporters: [debug] }
    metrics: { receivers: [otlp], exporters: [debug] }
    logs: { receivers: [otlp], exporters: [debug] }
`

/** Runs a collector that prints what it receives, until the scope closes; returns its lines. */
const collector = Effect.gen(function* () {
  const port = yield* Effect.promise(freePort)
  const file = join(yield* temporaryFolder, "collector.yaml")
  writeFileSync(file, configuration(port))
  const lines = yield* Queue.unbounded<string>()
  const child: ChildProcess = yield* Effect.acquireRelease(
    Effect.sync(() => spawn(otelcol, ["--config", file], { stdio: ["ignore", "pipe", "pipe"] })),
    (running) => Effect.sync(() => void running.kill())
  )
  for (const stream of [child.stdout!, child.stderr!]) {
    createInterface({ input: stream }).on("line", (line) => Queue.offerUnsafe(lines, line))
  }
  /** Waits until each of these texts was in a line, in any order. */
  const until = (...texts: ReadonlyArray<string>) => {
    const missing = new Set(texts)
    return Effect.repeat(
      Effect.map(Queue.take(lines), (line) => missing.forEach((text) => line.includes(text) && missing.delete(text))),
      { until: () => missing.size === 0 }
    )
  }
  yield* until("Everything is ready")
  return { url: `http://127.0.0.1:${port}`, until }
})

for (const protocol of ["http/protobuf", "http/json"] as const) {
  it.live.skipIf(!hasCollector)(
    `a real OpenTelemetry collector understands traces, metrics and logs by ${protocol}`,
    () =>
      Effect.gen(function* () {
        const { until, url } = yield* collector
        const otlp = {
          endpoint: url,
          protocol,
          headers: {},
          serviceName: "library-test",
          sampling: { ratio: 1, perSecond: 1000 }
        }
        const app = servedBoard(library).pipe(
          Layer.provideMerge(runningBoard(library, memoryBackend)),
          Layer.provideMerge(Telemetry.layer(library, { metrics: true, logFormat: "json", otlp })),
          Layer.provide(ownRegistry)
        )
        const status = yield* Effect.gen(function* () {
          const { put } = yield* ServedBoard
          yield* Effect.logWarning("a warning for the collector")
          return (yield* put("/acquire", { data: { book, title: "Moby-Dick" } })).status
        }).pipe(Effect.provide(app))
        assert.strictEqual(status, 201)
        yield* until(
          "service.name: Str(library-test)",
          "PUT /acquire",
          "execute AcquireBook",
          "send library",
          "http.request.method: Str(PUT)",
          "messaging.system: Str(nats)",
          "Name: commands_total",
          "a warning for the collector"
        )
      }).pipe(Effect.scoped),
    60_000
  )
}
