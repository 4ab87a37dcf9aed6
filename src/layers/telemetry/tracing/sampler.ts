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

/** Whether a trace that begins now, in nanoseconds since the epoch, is exported. */
export type Sampler = (nowNanos: bigint) => boolean

/**
 * Samples traces that begin in this process by ratio and rate: the sampler `traceidratio` of OpenTelemetry, with a random number
 * instead of the trace id, and a limit.
 */
export const makeSampler = ({ perSecond, ratio }: Sampling, random: () => number = Math.random): Sampler => {
  const isWithinRate = limitPerSecond(perSecond)
  return (nowNanos) => random() < ratio && isWithinRate(nowNanos)
}
