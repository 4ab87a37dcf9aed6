import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { Cause, Data, Effect, Exit } from "effect"
import type { Ground, Measure, Reach, Sample, Turn } from "./Measure.ts"
import type { Row } from "./Row.ts"
import { say } from "./say.ts"
import { spell } from "./table.ts"
import { median } from "./timing.ts"

/** What a measure needs is not here; it is left out, not failed. */
export class NotInstalled extends Data.TaggedError("NotInstalled")<{ readonly reason: string }> {}

const seconds = 1.5
const fewest = 100
const usualMost = 40_000

/** The tiny version of a turn. */
const tiny = { count: 40, seconds: 0.3 }

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

const span = (values: ReadonlyArray<number>) => [Math.min(...values), Math.max(...values)] as const

const meets = ({ of, least = -Infinity, most = Infinity }: Reach, ours: number, ratio: number | null): boolean => {
  const value = of === "ours" ? ours : (ratio ?? Number.NaN)
  return value >= least && value <= most
}

/** What went wrong, less that it went wrong in a promise. */
const reasonOf = (error: unknown): string =>
  String(error instanceof Error && error.cause instanceof Error ? error.cause.message : error)

/** One measure with one way to sync: its rows, one for each concurrency. */
export const run = <World>(measure: Measure<World>, ground: Ground): Effect.Effect<ReadonlyArray<Row>> => {
  const { name, title, against = null, unit, rounds: wanted, warmUp, settle } = measure
  const rounds = ground.quick ? 1 : wanted

  /** What one side leaves on the heap is not collected at the other's cost. */
  const turn = Effect.fnUntraced(function* (world: World, side: Measure<World>["ours"], turn: Turn) {
    collect()
    const sample = yield* side(world, turn)
    if (settle) yield* settle(world)
    return sample
  })

  const turnOf = Effect.fnUntraced(function* (world: World, concurrency: number) {
    if (ground.quick) return { concurrency, ...tiny, count: Math.min(measure.count ?? tiny.count, tiny.count) }
    const fixed = { concurrency, seconds, count: measure.count ?? fewest }
    if (warmUp === 0) return fixed
    const warm = { ...fixed, count: measure.count ?? warmUp }
    const rates: Array<number> = []
    for (const side of [measure.ours, measure.limit, measure.ours, measure.limit]) {
      if (side) rates.push((yield* turn(world, side, warm)).value)
    }
    const slower = Math.min(...rates.slice(rates.length >> 1))
    const fitting = Math.min(measure.most ?? usualMost, Math.max(fewest, Math.round(slower * seconds)))
    return { ...fixed, count: measure.count ?? fitting }
  })

  const row = Effect.fnUntraced(function* (world: World, concurrency: number) {
    const label = `${name}, ${concurrency} at once, sync ${ground.sync}`
    yield* say(`${label}: ${ground.quick || warmUp === 0 ? "begins" : "warming up"}`)
    const each = yield* turnOf(world, concurrency)
    const ours: Array<Sample> = []
    const limits: Array<Sample> = []
    for (let n = 1; n <= rounds; n++) {
      ours.push(yield* turn(world, measure.ours, each))
      if (measure.limit) limits.push(yield* turn(world, measure.limit, each))
      const [mine, theirs] = [ours.at(-1)!, limits.at(-1)]
      const beside = theirs ? ` beside ${spell(theirs.value, unit)}` : ""
      yield* say(`${label}: round ${n} of ${rounds}: ${spell(mine.value, unit)}${beside}`)
    }
    const values = ours.map(({ value }) => value)
    const beside = limits.map(({ value }) => value)
    const ratios = values.flatMap((value, n) => (beside[n] === undefined ? [] : [value / beside[n]]))
    const tails = ours.flatMap(({ p99 }) => (p99 === undefined ? [] : [p99]))
    const ratio = ratios.length > 0 ? median(ratios) : null
    const reach = measure.reach?.(concurrency) ?? null
    const made: Row = {
      name,
      title,
      against,
      concurrency,
      sync: ground.sync,
      unit,
      rounds,
      ours: median(values),
      limit: beside.length > 0 ? median(beside) : null,
      ratio,
      oursSpread: span(values),
      limitSpread: beside.length > 0 ? span(beside) : null,
      ratioSpread: ratios.length > 0 ? span(ratios) : null,
      p99: tails.length > 0 ? median(tails) : null,
      reach,
      reached: reach && meets(reach, median(values), ratio),
      note: ours.at(-1)?.note ?? null
    }
    return made
  })

  const missing = (concurrency: number, note: string): Row => ({
    name,
    title,
    against,
    concurrency,
    sync: ground.sync,
    unit,
    rounds: 0,
    ours: null,
    limit: null,
    ratio: null,
    oursSpread: null,
    limitSpread: null,
    ratioSpread: null,
    p99: null,
    reach: measure.reach?.(concurrency) ?? null,
    reached: null,
    note
  })

  return Effect.gen(function* () {
    yield* say(`${name}, sync ${ground.sync}: setting up`)
    const world = yield* measure.setup(ground)
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
        say(`${name}, sync ${ground.sync}: ${cause instanceof NotInstalled ? note : Cause.pretty(exit.cause)}`),
        measure.concurrency.map((concurrency) => missing(concurrency, note))
      )
    })
  )
}
