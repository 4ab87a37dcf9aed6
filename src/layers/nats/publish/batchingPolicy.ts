export type WriteMode = "alone" | "together"

/** Fewer writes are faster one by one: a batch costs the server some milliseconds, however small it is. */
export const minBatchedWrites = 24

/** Milliseconds of a mode's use over which its cost is averaged, roughly: a GC pause must not change it much. */
const decayMillis = 100

/** Maximum milliseconds between two answers that count as a sample; after a longer gap something was blocked. */
const maxSampleGapMillis = 1_000

/**
 * Milliseconds without writes after which there were no writers; a writer that waits for its answer writes again
 * sooner.
 */
const idleMillis = 5

/** Milliseconds after which the mode that is not in use is measured again, and for how long. */
const probeIntervalMillis = 10_000
const probeDurationMillis = 50

/**
 * Chooses the faster of two write modes by their measured costs: with a disk that is synced, a group is faster;
 * without, a lone write often is. A cost is the time between two answers while there was enough work for either mode,
 * in milliseconds per write: an idle server looks slow. The cost belongs to the mode that was active when the write was
 * sent: a lone write beside groups is held back, and slow for that.
 */
export const makeBatchingPolicy = (now: () => number) => {
  const stats = {
    alone: { time: 0, count: 0, sampledMillis: 0, measuredAt: -Infinity },
    together: { time: 0, count: 0, sampledMillis: 0, measuredAt: -Infinity }
  }
  let lastAnswer: { readonly mode: WriteMode; readonly time: number; readonly load: number } | undefined
  let idleSince: number | undefined

  const costOf = (mode: WriteMode) => stats[mode].time / stats[mode].count

  return {
    /**
     * Records answers to `count` writes that were sent in this mode; `load` writes were in flight or queued, including
     * these.
     */
    recordAnswer(mode: WriteMode, count: number, load: number): void {
      const time = now()
      const elapsed = lastAnswer ? time - lastAnswer.time : Infinity
      if (lastAnswer?.mode === mode && lastAnswer.load >= minBatchedWrites && elapsed < maxSampleGapMillis) {
        const modeStats = stats[mode]
        const decay = Math.exp(-elapsed / decayMillis)
        modeStats.time = modeStats.time * decay + elapsed
        modeStats.count = modeStats.count * decay + count
        modeStats.sampledMillis += elapsed
        if (modeStats.sampledMillis >= probeDurationMillis) {
          modeStats.sampledMillis = 0
          modeStats.measuredAt = time
        }
      }
      lastAnswer = { mode, time, load }
      idleSince = load === count ? time : undefined
    },
    /** The mode for `load` writes in flight or queued; now and then the slower mode, to measure it again. */
    chooseMode(load: number): WriteMode {
      if (idleSince !== undefined && now() - idleSince > idleMillis) lastAnswer = undefined
      idleSince = undefined
      if (load < minBatchedWrites) return "alone"
      const [faster, slower] =
        costOf("together") < costOf("alone") ? (["together", "alone"] as const) : (["alone", "together"] as const)
      return now() - stats[slower].measuredAt < probeIntervalMillis ? faster : slower
    }
  }
}

export type BatchingPolicy = ReturnType<typeof makeBatchingPolicy>
