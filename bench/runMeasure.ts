import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { Cause, Data, Effect, Exit } from "effect"
import { logProgress } from "./logProgress.ts"
import type { Environment, Measure, Target, Sample, Turn } from "./Measure.ts"
import type { Row } from "./Row.ts"
import { formatValue } from "./table.ts"
import { median } from "./timing.ts"

/** A prerequisite of a measure is not installed: the measure is skipped, not failed. */
export class NotInstalled extends Data.TaggedError("NotInstalled")<{ readonly reason: string }> {}

const turnSeconds = 1.5
const minCount = 100
const defaultMaxCount = 40_000

/** The turn of a quick run. */
const quickTurn = { count: 40, seconds: 0.3 }

setFlagsFromString("--expose-gc")
const collectGarbage: () => void = runInNewContext("gc")

const span = (values: ReadonlyArray<number>) => [Math.min(...values), Math.max(...values)] as const

const meetsTarget = (
  { of, least = -Infinity, most = Infinity }: Target,
  ours: number,
  ratio: number | null
): boolean => {
  const value = of === "ours" ? ours : (ratio ?? Number.NaN)
  return value >= least && value <= most
}

/** The message of an error's cause, else of the error. */
const reasonOf = (error: unknown): string =>
  String(error instanceof Error && error.cause instanceof Error ? error.cause.message : error)

/** Runs one measure with one sync interval: its rows, one for each concurrency. */
export const run = <World>(measure: Measure<World>, environment: Environment): Effect.Effect<ReadonlyArray<Row>> => {
  const { name, title, against = null, unit, rounds: defaultRounds, warmUp, settle } = measure
  const rounds = environment.quick ? 1 : defaultRounds

  /** Collects garbage before a turn, so that one side does not pay for the other's. */
  const turn = Effect.fnUntraced(function* (world: World, side: Measure<World>["ours"], turn: Turn) {
    collectGarbage()
    const sample = yield* side(world, turn)
    if (settle) yield* settle(world)
    return sample
  })

  const turnOf = Effect.fnUntraced(function* (world: World, concurrency: number) {
    if (environment.quick)
      return { concurrency, ...quickTurn, count: Math.min(measure.count ?? quickTurn.count, quickTurn.count) }
    const fixed = { concurrency, seconds: turnSeconds, count: measure.count ?? minCount }
    if (warmUp === 0) return fixed
    const warm = { ...fixed, count: measure.count ?? warmUp }
    const rates: Array<number> = []
    for (const side of [measure.ours, measure.baseline, measure.ours, measure.baseline]) {
      if (side) rates.push((yield* turn(world, side, warm)).value)
    }
    const slower = Math.min(...rates.slice(rates.length >> 1))
    const fittingCount = Math.min(
      measure.maxCount ?? defaultMaxCount,
      Math.max(minCount, Math.round(slower * turnSeconds))
    )
    return { ...fixed, count: measure.count ?? fittingCount }
  })

  const row = Effect.fnUntraced(function* (world: World, concurrency: number) {
    const label = `${name}, ${concurrency} at once, sync ${environment.sync}`
    yield* logProgress(`${label}: ${environment.quick || warmUp === 0 ? "starting" : "warming up"}`)
    const turnConfig = yield* turnOf(world, concurrency)
    const ours: Array<Sample> = []
    const baselineSamples: Array<Sample> = []
    for (let n = 1; n <= rounds; n++) {
      ours.push(yield* turn(world, measure.ours, turnConfig))
      if (measure.baseline) baselineSamples.push(yield* turn(world, measure.baseline, turnConfig))
      const [mine, theirs] = [ours.at(-1)!, baselineSamples.at(-1)]
      const baselineNote = theirs ? ` beside ${formatValue(theirs.value, unit)}` : ""
      yield* logProgress(`${label}: round ${n} of ${rounds}: ${formatValue(mine.value, unit)}${baselineNote}`)
    }
    const values = ours.map(({ value }) => value)
    const baselines = baselineSamples.map(({ value }) => value)
    const ratios = values.flatMap((value, n) => (baselines[n] === undefined ? [] : [value / baselines[n]]))
    const tails = ours.flatMap(({ p99 }) => (p99 === undefined ? [] : [p99]))
    const ratio = ratios.length > 0 ? median(ratios) : null
    const target = measure.target?.(concurrency) ?? null
    const result: Row = {
      name,
      title,
      against,
      concurrency,
      sync: environment.sync,
      unit,
      rounds,
      ours: median(values),
      limit: baselines.length > 0 ? median(baselines) : null,
      ratio,
      oursSpread: span(values),
      limitSpread: baselines.length > 0 ? span(baselines) : null,
      ratioSpread: ratios.length > 0 ? span(ratios) : null,
      p99: tails.length > 0 ? median(tails) : null,
      reach: target,
      reached: target && meetsTarget(target, median(values), ratio),
      note: ours.at(-1)?.note ?? null
    }
    return result
  })

  const rowWithoutResult = (concurrency: number, note: string): Row => ({
    name,
    title,
    against,
    concurrency,
    sync: environment.sync,
    unit,
    rounds: 0,
    ours: null,
    limit: null,
    ratio: null,
    oursSpread: null,
    limitSpread: null,
    ratioSpread: null,
    p99: null,
    reach: measure.target?.(concurrency) ?? null,
    reached: null,
    note
  })

  return Effect.gen(function* () {
    yield* logProgress(`${name}, sync ${environment.sync}: setting up`)
    const world = yield* measure.setup(environment)
    return yield* Effect.forEach(measure.concurrency, (concurrency) => row(world, concurrency))
  }).pipe(
    Effect.scoped,
    Effect.exit,
    Effect.flatMap((exit) => {
      if (Exit.isSuccess(exit)) return Effect.succeed(exit.value)
      if (Cause.hasInterruptsOnly(exit.cause)) return Effect.interrupt
      const cause = Cause.squash(exit.cause)
      const note = cause instanceof NotInstalled ? `not installed: ${cause.reason}` : `failed: ${reasonOf(cause)}`
      return Effect.as(
        logProgress(
          `${name}, sync ${environment.sync}: ${cause instanceof NotInstalled ? note : Cause.pretty(exit.cause)}`
        ),
        measure.concurrency.map((concurrency) => rowWithoutResult(concurrency, note))
      )
    })
  )
}
