import { Option, Tracer } from "effect"

/** Which of the traces that begin here are exported. */
export interface Sampling {
  /** Share of them, from 0 to 1. */
  readonly ratio: number
  /** The most in a second, so that tracing has a bounded cost at any load. */
  readonly perSecond: number
}

const nanosPerSecond = 1_000_000_000n

/** Allows so many in each second, which begins with the first use after the one before. */
const limitPerSecond = (limit: number) => {
  let secondEnds = 0n
  let left = limit
  return (nowNanos: bigint): boolean => {
    if (nowNanos >= secondEnds) {
      secondEnds = nowNanos + nanosPerSecond
      left = limit
    }
    return left-- > 0
  }
}

/**
 * A tracer that samples traces that begin here by ratio and rate. A span with a parent follows its parent, in another process too:
 * the sampler `parentbased_traceidratio` of OpenTelemetry, with a random number instead of the trace id, and a limit.
 */
export const sampledTracer = (
  tracer: Tracer.Tracer,
  { perSecond, ratio }: Sampling,
  random: () => number = Math.random
): Tracer.Tracer => {
  const isWithinRate = limitPerSecond(perSecond)
  const isSampled = (nowNanos: bigint) => random() < ratio && isWithinRate(nowNanos)
  return {
    ...tracer,
    span: (options) =>
      tracer.span(
        Option.isSome(options.parent) || isSampled(options.startTime) ? options : { ...options, sampled: false }
      )
  }
}
