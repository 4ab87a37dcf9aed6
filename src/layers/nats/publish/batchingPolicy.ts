export type WriteMode = "alone" | "together"

/** Fewer writes than that are quicker one by one: a batch costs the server some milliseconds, however small it is. */
export const minBatchedWrites = 24

/** Milliseconds of a way's use that its cost is the mean of, roughly: a pause of the collector shall not change it much. */
const decayMillis = 100

/** Milliseconds between two answers that say something of a way; for longer, something stood still. */
const maxSampleGapMillis = 1_000

/** Milliseconds without anything to write after which nobody was there; whoever waits for answers writes again sooner. */
const idleMillis = 5

/** Milliseconds after which a way that was not taken is looked at again, and for how long then. */
const probeIntervalMillis = 10_000
const probeDurationMillis = 50

/**
 * Which of two ways to write is the quicker here and now, by what each was seen to cost: with a disk that is forced, a
 * group is; without, a lone write often is. Costs are times between two answers while there was enough to do for either, in
 * milliseconds for each write: a server with nothing to do looks slow. They are those of the way that was taken when a
 * write was sent, in whatever company it went: what is sent beside groups is held back, and slow for that.
 */
export const makeBatchingPolicy = (now: () => number) => {
  const stats = {
    alone: { time: 0, count: 0, looked: 0, seen: -Infinity },
    together: { time: 0, count: 0, looked: 0, seen: -Infinity }
  }
  let lastAnswer: { readonly mode: WriteMode; readonly time: number; readonly load: number } | undefined
  let idleSince: number | undefined

  const costOf = (mode: WriteMode) => stats[mode].time / stats[mode].count

  return {
    /** So many writes are answered that were sent while this way was taken; `load` were under way or waiting, with these. */
    recordAnswer(mode: WriteMode, count: number, load: number): void {
      const time = now()
      const elapsed = lastAnswer ? time - lastAnswer.time : Infinity
      if (lastAnswer?.mode === mode && lastAnswer.load >= minBatchedWrites && elapsed < maxSampleGapMillis) {
        const modeStats = stats[mode]
        const decay = Math.exp(-elapsed / decayMillis)
        modeStats.time = modeStats.time * decay + elapsed
        modeStats.count = modeStats.count * decay + count
        modeStats.looked += elapsed
        if (modeStats.looked >= probeDurationMillis) {
          modeStats.looked = 0
          modeStats.seen = time
        }
      }
      lastAnswer = { mode, time, load }
      idleSince = load === count ? time : undefined
    },
    /** The way to take while `load` are under way or waiting; now and then the other, to see whether it still is the slower. */
    chooseMode(load: number): WriteMode {
      if (idleSince !== undefined && now() - idleSince > idleMillis) lastAnswer = undefined
      idleSince = undefined
      if (load < minBatchedWrites) return "alone"
      const [faster, slower] =
        costOf("together") < costOf("alone") ? (["together", "alone"] as const) : (["alone", "together"] as const)
      return now() - stats[slower].seen < probeIntervalMillis ? faster : slower
    }
  }
}

export type BatchingPolicy = ReturnType<typeof makeBatchingPolicy>
