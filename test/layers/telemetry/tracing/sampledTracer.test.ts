import { assert, it } from "@effect/vitest"
import { Context, Option, Tracer } from "effect"
import { sampledTracer } from "#layers/telemetry/tracing/sampledTracer.ts"
import { spanOf, traceparentOfSpan } from "#layers/telemetry/tracing/traceContext.ts"

const beginSpan = (tracer: Tracer.Tracer, parent?: Tracer.AnySpan) =>
  tracer.span({
    name: "a span",
    parent: Option.fromUndefinedOr(parent),
    annotations: Context.empty(),
    links: [],
    startTime: 0n,
    kind: "internal",
    root: false,
    sampled: parent?.sampled ?? true
  })

const random = (...values: ReadonlyArray<number>) => {
  let n = 0
  return () => values[n++ % values.length]!
}

it("the ratio decides about traces that begin here, and a span follows its parent", () => {
  const tracer = sampledTracer(Tracer.nativeTracer, 0.25, random(0.1, 0.25, 0.9, 0.9))
  const first = beginSpan(tracer)
  const others = [beginSpan(tracer), beginSpan(tracer)]
  assert.deepStrictEqual(
    [first, ...others].map(({ sampled }) => sampled),
    [true, false, false]
  )
  assert.isTrue(beginSpan(tracer, first).sampled)
  assert.isFalse(beginSpan(tracer, others[0]).sampled)
})

it("0 samples no trace, and 1 all", () => {
  assert.isFalse(beginSpan(sampledTracer(Tracer.nativeTracer, 0, random(0))).sampled)
  assert.isTrue(beginSpan(sampledTracer(Tracer.nativeTracer, 1, random(0.999_999))).sampled)
})

it("a traceparent names a span and its sampling, and anything else names none", () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
  const span = spanOf(traceparent)!
  assert.strictEqual(traceparentOfSpan(span), traceparent)
  assert.isTrue(span.sampled)
  assert.isFalse(spanOf(traceparent.replace(/01$/u, "00"))!.sampled)
  for (const other of [undefined, "", "00-abc", traceparent.replace("00-", "cc-")]) assert.isUndefined(spanOf(other))
})
