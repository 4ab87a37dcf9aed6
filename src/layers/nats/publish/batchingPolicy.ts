export type Way = "alone" | "together"

/** Fewer writes than that are quicker one by one: a batch costs the server some milliseconds, however small it is. */
export const fewest = 24

/** Milliseconds of a way's use that its cost is the mean of, roughly: a pause of the collector shall not change it much. */
const memory = 100

/** Milliseconds between two answers that say something of a way; for longer, something stood still. */
const longest = 1_000

/** Milliseconds without anything to write after which nobody was there; whoever waits for answers writes again sooner. */
const idle = 5

/** Milliseconds after which a way that was not taken is looked at again, and for how long then. */
const stale = 10_000
const look = 50

/**
 * Which of two ways to write is the quicker here and now, by what each was seen to cost: with a disk that is forced, a
 * group is; without, a lone write often is. Costs are times between two answers while there was enough to do for either, in
 * milliseconds for each write: a server with nothing to do looks slow. They are those of the way that was taken when a
 * write was sent, in whatever company it went: what is sent beside groups is held back, and slow for that.
 */
export const pace = (now: () => number) => {
  const ways = {
    alone: { time: 0, count: 0, looked: 0, seen: -Infinity },
    together: { time: 0, count: 0, looked: 0, seen: -Infinity }
  }
  let last: { readonly way: Way; readonly time: number; readonly load: number } | undefined
  let nothingSince: number | undefined

  const cost = (way: Way) => ways[way].time / ways[way].count

  return {
    /** So many writes are answered that were sent while this way was taken; `load` were under way or waiting, with these. */
    answered(way: Way, count: number, load: number): void {
      const time = now()
      const passed = last ? time - last.time : Infinity
      if (last?.way === way && last.load >= fewest && passed < longest) {
        const each = ways[way]
        const kept = Math.exp(-passed / memory)
        each.time = each.time * kept + passed
        each.count = each.count * kept + count
        each.looked += passed
        if (each.looked >= look) {
          each.looked = 0
          each.seen = time
        }
      }
      last = { way, time, load }
      nothingSince = load === count ? time : undefined
    },
    /** The way to take while `load` are under way or waiting; now and then the other, to see whether it still is the slower. */
    quicker(load: number): Way {
      if (nothingSince !== undefined && now() - nothingSince > idle) last = undefined
      nothingSince = undefined
      if (load < fewest) return "alone"
      const [one, other] =
        cost("together") < cost("alone") ? (["together", "alone"] as const) : (["alone", "together"] as const)
      return now() - ways[other].seen < stale ? one : other
    }
  }
}

export type Pace = ReturnType<typeof pace>
