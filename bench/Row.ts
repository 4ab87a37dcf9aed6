import type { Target, Sync } from "./Measure.ts"

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
