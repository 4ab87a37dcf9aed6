import { Effect } from "effect"
import type { Sample, Turn } from "./Measure.ts"

const ratePerSecond = (count: number, begin: number): Sample => ({
  value: (count / (performance.now() - begin)) * 1000
})

const workers = ({ concurrency }: Turn) => Array.from({ length: concurrency }, (_, n) => n)

/** Calls `op` with 0 to `count` - 1 at the turn's concurrency, and measures operations per second. */
export const perSecond = <E>(turn: Turn, op: (n: number) => Effect.Effect<unknown, E>): Effect.Effect<Sample, E> =>
  Effect.gen(function* () {
    let next = 0
    const worker = Effect.gen(function* () {
      while (next < turn.count) yield* op(next++)
    })
    const begin = performance.now()
    yield* Effect.forEach(workers(turn), () => worker, { concurrency: "unbounded", discard: true })
    return ratePerSecond(turn.count, begin)
  })

/** The same by the processor time of this process: what it could do in a second in which it had a processor to itself. */
export const perCpuSecond = <E>(turn: Turn, op: (n: number) => Effect.Effect<unknown, E>): Effect.Effect<Sample, E> =>
  Effect.gen(function* () {
    const begin = process.cpuUsage()
    yield* perSecond(turn, op)
    const { system, user } = process.cpuUsage(begin)
    return { value: (turn.count / (system + user)) * 1e6 }
  })

/** The same for promises, so that a limit does not include the cost of Effect. */
export const perSecondOfPromises = (turn: Turn, op: (n: number) => Promise<unknown>): Effect.Effect<Sample, unknown> =>
  Effect.tryPromise(async () => {
    let next = 0
    const worker = async () => {
      while (next < turn.count) await op(next++)
    }
    const begin = performance.now()
    await Promise.all(workers(turn).map(worker))
    return ratePerSecond(turn.count, begin)
  })

/** Calls `op` sequentially; the milliseconds of each call. */
export const timeEach = <E>(count: number, op: (n: number) => Effect.Effect<unknown, E>) =>
  Effect.gen(function* () {
    const millis: Array<number> = []
    for (let n = 0; n < count; n++) {
      const begin = performance.now()
      yield* op(n)
      millis.push(performance.now() - begin)
    }
    return millis
  })

/** Calls `op` `rate` times per second, whether or not earlier calls have ended. */
export const paced = <A, E>(rate: number, count: number, op: (n: number) => Effect.Effect<A, E>) =>
  Effect.forEach(
    Array.from({ length: count }, (_, n) => n),
    (n) => Effect.delay(op(n), (n * 1000) / rate),
    { concurrency: "unbounded" }
  )

export const quantile = (values: ReadonlyArray<number>, q: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
}

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The median, and the 99th percentile. */
export const medianAndP99 = (millis: ReadonlyArray<number>): Sample => ({
  value: quantile(millis, 0.5),
  p99: quantile(millis, 0.99)
})
