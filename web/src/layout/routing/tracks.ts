import type { Route } from "./route.ts"

/** The track of a stretch within its line: `rank` of `of`, counted from the left or the top. */
export interface Track {
  readonly rank: number
  readonly of: number
}

interface Run {
  readonly key: string
  readonly line: string
  readonly low: number
  readonly high: number
  /** The side of the neighbouring stretches: sorting by it reduces crossings. */
  readonly pull: number
  readonly starts: boolean
  readonly ends: boolean
}

const runsOf = (routes: ReadonlyArray<Route>): ReadonlyArray<Run> =>
  routes.flatMap(({ link, stretches }) =>
    stretches.map(({ vertical, line, from, to }, n) => {
      const [before, after] = [stretches[n - 1], stretches[n + 1]]
      const [low, high] = [Math.min(from, to), Math.max(from, to)]
      const [atFrom, atTo] = [n === 0, n === stretches.length - 1]
      const tilt = (before ? Math.sign(before.from - line) : 0) + (after ? Math.sign(after.to - line) : 0)
      return {
        key: `${link.id}/${n}`,
        line: `${vertical ? "x" : "y"}${line}`,
        low,
        high,
        // Of two runs that turn to the same side, the longer one goes around the shorter.
        pull: tilt * 1_000 - Math.sign(tilt) * (high - low),
        starts: from < to ? atFrom : atTo,
        ends: from < to ? atTo : atFrom
      }
    })
  )

/** Runs that meet only at a note are on two sides of it and do not overlap; runs that meet at a turn would touch. */
const overlap = (a: Run, b: Run): boolean =>
  (a.low < b.high && b.low < a.high) || (a.high === b.low && !a.ends) || (b.high === a.low && !b.ends)

/** A track for each stretch (`<link>/<number>`): stretches that overlap have different tracks. */
export const tracks = (routes: ReadonlyArray<Route>): ReadonlyMap<string, Track> => {
  const placed = new Map<string, Track>()
  for (const runs of Map.groupBy(runsOf(routes), ({ line }) => line).values()) {
    for (const bundle of bundles(runs)) {
      const ranks = new Map<Run, number>()
      const sorted = bundle.toSorted((a, b) => a.pull - b.pull || a.low - b.low || a.high - b.high)
      for (const run of sorted) {
        const beside = Array.from(ranks).filter(([other]) => overlap(run, other))
        ranks.set(run, 1 + Math.max(-1, ...beside.map(([, rank]) => rank)))
      }
      const of = 1 + Math.max(...ranks.values())
      for (const [{ key }, rank] of ranks) placed.set(key, { rank, of })
    }
  }
  return placed
}

/** Groups of runs that are connected by overlaps. */
const bundles = (runs: ReadonlyArray<Run>): ReadonlyArray<ReadonlyArray<Run>> => {
  let all: ReadonlyArray<ReadonlyArray<Run>> = []
  for (const run of runs) {
    const touched = all.filter((bundle) => bundle.some((other) => overlap(run, other)))
    all = [...all.filter((bundle) => !touched.includes(bundle)), [...touched.flat(), run]]
  }
  return all
}
