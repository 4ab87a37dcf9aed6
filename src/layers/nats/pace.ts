export type Way = "alone" | "together"

/** How much of a cost the newest sample makes up: groups are few, lone writes many. */
const weight = { alone: 0.02, together: 0.2 } as const

/** Milliseconds after which what was seen of a way is looked at again. */
const stale = 5_000

/**
 * Which of two ways to write is the quicker here and now, by what each was seen to cost: with a disk that is forced, a
 * group is; without, a lone write often is. Costs are times between answers while there was always something to do, in
 * milliseconds for each write.
 */
export const pace = (now: () => number) => {
  const cost = { alone: Number.NaN, together: Number.NaN }
  const seen = { alone: -Infinity, together: -Infinity }
  let last = 0
  let busy = false

  return {
    /** So many writes were answered; `more` are under way or waiting. */
    answered(way: Way, count: number, more: boolean): void {
      const time = now()
      const sample = (time - last) / count
      if (busy) cost[way] = Number.isNaN(cost[way]) ? sample : cost[way] + weight[way] * (sample - cost[way])
      seen[way] = time
      last = time
      busy = more
    },
    /** The way to take; now and then the other, to see whether it still is the slower. */
    quicker(): Way {
      const [one, other] =
        cost.alone < cost.together ? (["alone", "together"] as const) : (["together", "alone"] as const)
      return now() - seen[other] < stale ? one : other
    }
  }
}
