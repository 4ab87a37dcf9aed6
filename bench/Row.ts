import type { MeasureDescription, Sample, Sync, Target } from "./Measure.ts"
import { median } from "./timing.ts"

type Span = readonly [number, number]

/** The result of one measure at one concurrency and sync. Values are medians; spreads are minimum and maximum. */
export interface Row {
  readonly name: string
  readonly title: string
  readonly against: string | null
  readonly concurrency: number
  readonly sync: Sync
  readonly unit: string
  readonly rounds: number
  /** Null if it could not be run: `note` has the reason. */
  readonly ours: number | null
  readonly limit: number | null
  /** Ours / limit: the median of the ratios of the rounds. */
  readonly ratio: number | null
  readonly oursSpread: Span | null
  readonly limitSpread: Span | null
  readonly ratioSpread: Span | null
  readonly p99: number | null
  readonly reach: Target | null
  readonly reached: boolean | null
  readonly note: string | null
}

export const formatTarget = ({ of, least, most }: Target, unit: string): string =>
  `${least === undefined ? "≤" : "≥"} ${least ?? most}${of === "ours" ? ` ${unit}` : ""}`

/** The samples of all rounds. Without a baseline, `baseline` is empty. */
export interface Rounds {
  readonly ours: ReadonlyArray<Sample>
  readonly baseline: ReadonlyArray<Sample>
}

const span = (values: ReadonlyArray<number>): Span => [Math.min(...values), Math.max(...values)]

/** A statistic of the values; null if there are none. */
const ofAny = <A>(values: ReadonlyArray<number>, statistic: (values: ReadonlyArray<number>) => A): A | null =>
  values.length > 0 ? statistic(values) : null

const meetsTarget = (
  { of, least = -Infinity, most = Infinity }: Target,
  ours: number,
  ratio: number | null
): boolean => {
  const value = of === "ours" ? ours : (ratio ?? Number.NaN)
  return value >= least && value <= most
}

/** The fields that say what was measured, and under which conditions. */
const identityOf = ({ name, title, against, unit }: MeasureDescription, sync: Sync, concurrency: number) => ({
  name,
  title,
  against: against ?? null,
  concurrency,
  sync,
  unit
})

export const measuredRow = (measure: MeasureDescription, sync: Sync, concurrency: number, rounds: Rounds): Row => {
  const values = rounds.ours.map(({ value }) => value)
  const baselines = rounds.baseline.map(({ value }) => value)
  const ratios = values.flatMap((value, n) => (baselines[n] === undefined ? [] : [value / baselines[n]]))
  const tails = rounds.ours.flatMap(({ p99 }) => (p99 === undefined ? [] : [p99]))
  const ours = median(values)
  const ratio = ofAny(ratios, median)
  const target = measure.target?.(concurrency) ?? null
  return {
    ...identityOf(measure, sync, concurrency),
    rounds: values.length,
    ours,
    limit: ofAny(baselines, median),
    ratio,
    oursSpread: span(values),
    limitSpread: ofAny(baselines, span),
    ratioSpread: ofAny(ratios, span),
    p99: ofAny(tails, median),
    reach: target,
    reached: target && meetsTarget(target, ours, ratio),
    note: rounds.ours.at(-1)?.note ?? null
  }
}

/** The row of a measure that could not be run; `note` is the reason. */
export const rowWithoutResult = (measure: MeasureDescription, sync: Sync, concurrency: number, note: string): Row => ({
  ...identityOf(measure, sync, concurrency),
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
