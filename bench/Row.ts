import type { Target, Sync } from "./Measure.ts"

type Span = readonly [number, number]

/** What one measure came to, at one concurrency and with one way to sync. Medians; spans from least to most. */
export interface Row {
  readonly name: string
  readonly title: string
  readonly against: string | null
  readonly concurrency: number
  readonly sync: Sync
  readonly unit: string
  readonly rounds: number
  /** Null where it could not be run: `note` says why. */
  readonly ours: number | null
  readonly limit: number | null
  /** Ours / limit, the median of the rounds' own ratios. */
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
