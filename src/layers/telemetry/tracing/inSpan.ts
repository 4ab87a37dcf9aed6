import { Cause, Clock, Context, Effect, Exit, Tracer } from "effect"
import * as Hex from "effect/encoding/Hex"
import { errorTag } from "#layers/services/errorTag.ts"
import type { Sampler } from "./sampler.ts"

/** Present if spans are exported. Without it none is made, so that a command costs what it did without this code. */
export const Tracing = Context.Reference<Sampler | undefined>("layers/telemetry/Tracing", {
  defaultValue: () => undefined
})

/** Why a span counts as failed: a word of a fixed list. The message of an error may have keys, which belong in no trace. */
class SpanFailure extends Error {
  override readonly name: string
  override readonly stack = ""

  constructor(type: string) {
    super(type)
    this.name = type
  }
}

interface SpanOptions<A, E> extends Pick<Tracer.SpanOptionsNoTrace, "kind" | "links" | "attributes"> {
  readonly name: string
  /** Absent: the span that the fiber is in; if there is none, it begins a trace. */
  readonly parent?: Tracer.AnySpan | undefined
  /** Whether a trace that begins here, and is not sampled, is known by its context only: fibers in it do not inherit a span. */
  readonly isHiddenUnsampled?: boolean
  /** Adds attributes about the outcome; returns the type of the error, if the span counts as failed. */
  readonly describe?: (span: Tracer.Span, exit: Exit.Exit<A, E>) => string | undefined
}

const failureType = (exit: Exit.Exit<unknown, unknown>): string | undefined =>
  Exit.isSuccess(exit) ? undefined : errorTag(Cause.squash(exit.cause))

/** Begins a trace that is not exported: only its context is passed on, at a fraction of the cost of a span. */
const unsampledSpan = (): Tracer.ExternalSpan =>
  Tracer.externalSpan({ traceId: Hex.random(32), spanId: Hex.random(16), sampled: false })

/**
 * Runs an effect in a span. `run` gets the span, to pass its context on. An interrupted span has no status. A trace that begins
 * here is sampled or not; a span with a parent follows it, in another process too. In a trace that is not sampled no span is
 * made: `run` gets what the trace began with.
 */
export const inSpan = <A, E, R>(
  {
    attributes,
    describe = (_, exit) => failureType(exit),
    isHiddenUnsampled = false,
    name,
    ...options
  }: SpanOptions<A, E>,
  run: (span: Tracer.AnySpan) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => {
    const clock = fiber.getRef(Clock.Clock)
    const enclosing = fiber.cache.span
    const parent = options.parent ?? enclosing
    const within = (span: Tracer.AnySpan) =>
      Effect.provideService(run(span), Tracer.ParentSpan, span) as Effect.Effect<A, E, R>
    const isSampled = parent ? parent.sampled : fiber.getRef(Tracing)?.(clock.currentTimeNanosUnsafe())
    if (!isSampled) {
      const span = parent ?? unsampledSpan()
      return span === enclosing || isHiddenUnsampled ? run(span) : within(span)
    }
    return Effect.flatMap(Effect.makeSpan(name, options), (span) => {
      for (const key in attributes) span.attribute(key, attributes[key])
      return Effect.onExitPrimitive(within(span), (exit) => {
        endSpan(span, clock, exit, describe(span, exit))
        return undefined
      })
    })
  })

const endSpan = (
  span: Tracer.Span,
  clock: Clock.Clock,
  exit: Exit.Exit<unknown, unknown>,
  errorType: string | undefined
): void => {
  const isInterrupted = Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
  if (errorType !== undefined && !isInterrupted) span.attribute("error.type", errorType)
  const ended = errorType === undefined ? Exit.void : Exit.fail(new SpanFailure(errorType))
  span.end(clock.currentTimeNanosUnsafe(), isInterrupted ? exit : ended)
}
