import { assert, it } from "@effect/vitest"
import { Effect, Tracer } from "effect"
import { inSpan, Tracing } from "#layers/telemetry/tracing/inSpan.ts"
import { makeSampler } from "#layers/telemetry/tracing/sampler.ts"
import { spanOf, traceparentOfSpan } from "#layers/telemetry/tracing/traceContext.ts"

const random = (...values: ReadonlyArray<number>) => {
  let n = 0
  return () => values[n++ % values.length]!
}

const second = 1_000_000_000n

it("the ratio decides about traces that begin here", () => {
  const isSampled = makeSampler({ ratio: 0.25, perSecond: 100 }, random(0.1, 0.25, 0.9, 0.2))
  assert.deepStrictEqual(
    Array.from({ length: 4 }, () => isSampled(0n)),
    [true, false, false, true]
  )
  assert.isFalse(makeSampler({ ratio: 0, perSecond: 100 }, random(0))(0n))
  assert.isTrue(makeSampler({ ratio: 1, perSecond: 100 }, random(0.999_999))(0n))
})

it("the rate limits the traces of each second", () => {
  const isSampled = makeSampler({ ratio: 1, perSecond: 2 })
  const at = (...seconds: ReadonlyArray<number>) =>
    seconds.map((each) => isSampled(BigInt(each * 1_000) * (second / 1_000n)))
  assert.deepStrictEqual(at(5, 5, 5.1, 5.999), [true, true, false, false])
  assert.deepStrictEqual(at(6, 6.999, 6.999, 20), [true, true, false, true])
})

it.effect("a span follows its parent, and only what is sampled becomes a span", () =>
  Effect.gen(function* () {
    const made: Array<string> = []
    const tracer = Tracer.make({
      span: (options) => {
        made.push(options.name)
        return new Tracer.NativeSpan(options)
      }
    })
    const nested = (outer: string, inner: string) =>
      inSpan({ name: outer }, (span) => inSpan({ name: inner }, (within) => Effect.succeed([span, within] as const)))
    const drawn = makeSampler({ ratio: 0.5, perSecond: 100 }, random(0.1, 0.9))
    const [[first, inFirst], [second, inSecond]] = yield* Effect.all([nested("a", "b"), nested("c", "d")]).pipe(
      Effect.provideService(Tracer.Tracer, tracer),
      Effect.provideService(Tracing, drawn)
    )
    assert.deepStrictEqual(made, ["a", "b"])
    assert.deepStrictEqual([first.sampled, inFirst.traceId], [true, first.traceId])
    assert.deepStrictEqual([second.sampled, inSecond], [false, second])
    assert.match(traceparentOfSpan(second), /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/u)
    assert.notStrictEqual(second.traceId, first.traceId)
  })
)

it("a traceparent names a span and its sampling, and anything else names none", () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
  const span = spanOf(traceparent)!
  assert.strictEqual(traceparentOfSpan(span), traceparent)
  assert.isTrue(span.sampled)
  assert.isFalse(spanOf(traceparent.replace(/01$/u, "00"))!.sampled)
  for (const other of [undefined, "", "00-abc", traceparent.replace("00-", "cc-")]) assert.isUndefined(spanOf(other))
})
