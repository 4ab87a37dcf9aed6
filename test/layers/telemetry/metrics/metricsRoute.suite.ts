import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Board, type Event } from "#domain/model/index.ts"
import { streamSpecs } from "#layers/nats/provision/streamSpecs.ts"
import { subscriptions } from "#layers/processors/boardSubscriptions.ts"
import { commandOutcomes } from "#layers/telemetry/metrics/commandOutcomes.ts"
import * as Telemetry from "#layers/telemetry/telemetry.ts"
import { ann, book, library } from "#test/boards/libraryBoard.ts"
import { type Backend, runningBoard } from "#test/support/backends.ts"
import { ownRegistry, seriesIn, valueIn } from "#test/support/metricLines.ts"
import { ServedBoard, servedBoard } from "#test/support/servedBoard.ts"

/** The values that each label may have: names on the board, or of a fixed list. */
const allowedLabels: Readonly<Record<string, ReadonlyArray<string>>> = {
  command: Board.commands(library).map(({ name }) => name),
  outcome: commandOutcomes,
  rejection: Board.commands(library).flatMap(({ rejects }) => rejects.map(({ identifier }: Event.Any) => identifier)),
  boundary: Board.boundaries(library).map(({ name }) => name),
  kind: ["view", "automation"],
  processor: Object.values(subscriptions(library)).flatMap((all) => all.map(({ name }) => name)),
  state: ["connecting", "up", "lame duck", "down", "closed"],
  stream: ["log", ...streamSpecs(library, 1).map(({ name }) => name)]
}

export const metricsRoute = (backend: Backend) => {
  const served = (telemetry: boolean) =>
    servedBoard(library).pipe(
      Layer.provideMerge(runningBoard(library, backend)),
      Layer.provideMerge(Telemetry.layer(library, { metrics: telemetry, logFormat: "pretty", otlp: undefined })),
      Layer.provide(ownRegistry)
    )

  it.live(`GET /metrics has the state of a board on ${backend.name}, in the text format of Prometheus`, () =>
    Effect.gen(function* () {
      const { call, put } = yield* ServedBoard
      yield* put("/acquire", { data: { book, title: "Moby-Dick" } })
      yield* put("/borrow", { data: { book, reader: ann } })
      yield* put("/borrow", { data: { book: { id: "not a book" }, reader: ann } })
      const { headers, status, text } = yield* call("/metrics", {
        headers: { accept: "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1" }
      })
      assert.strictEqual(status, 200)
      assert.strictEqual(headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8")
      assert.strictEqual(valueIn(text, 'commands_total{command="BorrowBook",outcome="accepted"}'), 1)
      assert.strictEqual(valueIn(text, 'commands_total{command="BorrowBook",outcome="invalid"}'), 1)
      assert.strictEqual(valueIn(text, 'processor_dead_letters{kind="view",processor="Shelf"}'), 0)
      assert.strictEqual(valueIn(text, 'connection_state{state="up"}'), 1)
      assert.isAbove(valueIn(text, "process_resident_memory_bytes")!, 0)
      if (backend.name === "memory") return
      assert.isAbove(valueIn(text, 'append_batch_appends_bucket{le="1"}')!, 1)
      assert.isAbove(valueIn(text, 'stream_fill_ratio{stream="library"}')!, 0)
      assert.strictEqual(valueIn(text, 'stream_replicas_current{stream="library"}'), 1)
    }).pipe(Effect.provide(served(true)))
  )

  it.live(`no label of the metrics on ${backend.name} has another value than a name on the board or of a list`, () =>
    Effect.gen(function* () {
      const { call, put } = yield* ServedBoard
      yield* put("/acquire", { data: { book, title: "Moby-Dick" } })
      const series = seriesIn((yield* call("/metrics")).text)
      assert.isAbove(series.length, 80)
      for (const { labels, name } of series) {
        for (const [label, value] of Object.entries(labels)) {
          if (label !== "le") assert.include(allowedLabels[label]!, value, `${label} of ${name}`)
        }
      }
    }).pipe(Effect.provide(served(true)))
  )

  it.live(`GET /metrics responds 404 on ${backend.name} where metrics are off`, () =>
    Effect.gen(function* () {
      const { body, status } = yield* (yield* ServedBoard).call("/metrics")
      assert.deepStrictEqual([status, body.code], [404, "MetricsOff"])
    }).pipe(Effect.provide(served(false)))
  )
}
