import { assert, it } from "@effect/vitest"
import { Context, Option, Tracer } from "effect"
import { sampledTracer } from "#layers/telemetry/tracing/sampledTracer.ts"
import { spanOf, traceparentOfSpan } from "#layers/telemetry/tracing/traceContext.ts"

const beginSpan = (tracer: Tracer.Tracer, parent?: Tracer.AnySpan, startTime = 0n) =>
  tracer.span({
    name: "a span",
    parent: Option.fromUndefinedOr(parent),
    annotations: Context.empty(),
    links: [],
    startTime,
    kind: "internal",
    root: false,
    sampled: parent?.sampled ?? true
  })

const random = (...values: ReadonlyArray<number>) => {
  let n = 0
  return () => values[n++ % values.length]!
}

it("the ratio decides about traces that begin here, and a span follows its parent", () => {
  const tracer = sampledTracer(Tracer.nativeTracer, { ratio: 0.25, perSecond: 100 }, random(0.1, 0.25, 0.9, 0.9))
  const first = beginSpan(tracer)
  const others = [beginSpan(tracer), beginSpan(tracer)]
  assert.deepStrictEqual(
    [first, ...others].map(({ sampled }) => sampled),
    [true, false, false]
  )
  assert.isTrue(beginSpan(tracer, first).sampled)
  assert.isFalse(beginSpan(tracer, others[0]).sampled)
})

it("a ratio of 0 samples no trace, and 1 all", () => {
  const tracerOf = (ratio: number, drawn: number) =>
    sampledTracer(Tracer.nativeTracer, { ratio, perSecond: 100 }, random(drawn))
  assert.isFalse(beginSpan(tracerOf(0, 0)).sampled)
  assert.isTrue(beginSpan(tracerOf(1, 0.999_999)).sampled)
})

it("the rate limits the traces of each second, not their spans", () => {
  const tracer = sampledTracer(Tracer.nativeTracer, { ratio: 1, perSecond: 2 })
  const sampledAt = (millis: number) => beginSpan(tracer, undefined, BigInt(millis) * 1_000_000n).sampled
  const first = beginSpan(tracer, undefined, 5_000_000_000n)
  assert.deepStrictEqual(
    [5000, 5100, 5999].map((millis) => sampledAt(millis)),
    [true, false, false]
  )
  assert.isTrue(beginSpan(tracer, first, 5_999_000_000n).sampled)
  assert.deepStrictEqual(
    [6000, 6999, 6999, 20_000].map((millis) => sampledAt(millis)),
    [true, true, false, true]
  )
})

it("a traceparent names a span and its sampling, and anything else names none", () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
  const span = spanOf(traceparent)!
  assert.strictEqual(traceparentOfSpan(span), traceparent)
  assert.isTrue(span.sampled)
  assert.isFalse(spanOf(traceparent.replace(/01$/u, "00"))!.sampled)
  for (const other of [undefined, "", "00-abc", traceparent.replace("00-", "cc-")]) assert.isUndefined(spanOf(other))
})
