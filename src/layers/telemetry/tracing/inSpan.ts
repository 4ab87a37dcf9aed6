import { Cause, Clock, Context, Effect, Exit, Tracer } from "effect"

/** Whether spans are exported. Without it none is made, so that a command costs what it did without this code. */
export const Tracing = Context.Reference<boolean>("layers/telemetry/Tracing", { defaultValue: () => false })

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
  /** If it is not sampled, the effect runs without it: what is in it knows that from the trace context. */
  readonly isHiddenUnsampled?: boolean
  /** Adds attributes about the outcome; returns the type of the error, if the span counts as failed. */
  readonly describe?: (span: Tracer.Span, exit: Exit.Exit<A, E>) => string | undefined
}

const failureType = (exit: Exit.Exit<unknown, unknown>): string | undefined => {
  if (Exit.isSuccess(exit)) return undefined
  const error: unknown = Cause.squash(exit.cause)
  return typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : "Defect"
}

/**
 * Runs an effect in a span. `run` gets the span, to pass its context on. An interrupted span has no status. A span that is not
 * sampled only tells what follows that it is not: it gets no attributes, and no end.
 */
export const inSpan = <A, E, R>(
  {
    attributes,
    describe = (_, exit) => failureType(exit),
    isHiddenUnsampled = false,
    name,
    ...options
  }: SpanOptions<A, E>,
  run: (span: Tracer.Span) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) =>
    Effect.flatMap(Effect.makeSpan(name, options), (span) => {
      if (isHiddenUnsampled && !span.sampled) return run(span)
      const within = Effect.provideService(run(span), Tracer.ParentSpan, span) as Effect.Effect<A, E, R>
      if (!span.sampled) return within
      for (const key in attributes) span.attribute(key, attributes[key])
      const clock = fiber.getRef(Clock.Clock)
      return Effect.onExitPrimitive(within, (exit) => {
        endSpan(span, clock, exit, describe(span, exit))
        return undefined
      })
    })
  )

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
