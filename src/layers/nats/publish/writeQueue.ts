import type { WriteCallback, Write } from "./atomicBatch.ts"

export interface PendingWrite extends Write {
  readonly settle: WriteCallback
  /** When it was queued, by `performance.now()`. */
  readonly queuedAtMillis: number
  /** It was in a group that was rejected, and is sent alone now. */
  isAlone: boolean
}

export const isBatch = ({ messages }: Write) => messages.length > 1

/** Writes that wait to be sent, oldest first. Of those with the same guard filter, one is in flight at a time. */
export const makeWriteQueue = () => {
  const queue: Array<PendingWrite> = []
  const filtersInFlight = new Set<string>()
  /** Whether a write may be waiting for another with its guard filter. */
  let mayHaveHeldWrites = false

  const isFree = ({ guard }: Write) => !guard || !filtersInFlight.has(guard.filter)

  const withdraw = (write: PendingWrite) => {
    const at = queue.indexOf(write)
    if (at >= 0) queue.splice(at, 1)
  }

  return {
    count: () => queue.length,
    add: (write: PendingWrite) => void queue.push(write),
    withdraw,
    /** Puts back the writes of a rejected group, to be sent one by one. */
    putBack(group: ReadonlyArray<PendingWrite>) {
      for (const write of group) write.isAlone = true
      queue.unshift(...group)
    },
    markSent(writes: ReadonlyArray<Write>) {
      for (const { guard } of writes) if (guard) filtersInFlight.add(guard.filter)
    },
    markAnswered(writes: ReadonlyArray<Write>) {
      for (const { guard } of writes) if (guard) filtersInFlight.delete(guard.filter)
    },

    /**
     * Removes and returns the first write of each guard filter, oldest first, up to `maxMessages` messages, if
     * `isWorthBatching`.
     */
    takeGroup(
      maxMessages: number,
      isWorthBatching: (writeCount: number, batchCount: number) => boolean
    ): ReadonlyArray<PendingWrite> {
      if (queue.length < 2) return []
      const filters = new Set<string>()
      const selected: Array<PendingWrite> = []
      const remaining: Array<PendingWrite> = []
      let messages = 0
      let batches = 0
      for (const write of queue) {
        const filter = write.guard?.filter ?? ""
        const size = write.messages.length
        const isFirst = isFree(write) && !filters.has(filter)
        if (filter) filters.add(filter)
        if (!isFirst) mayHaveHeldWrites = true
        if (!isFirst || write.isAlone || messages + size > maxMessages) {
          remaining.push(write)
          continue
        }
        selected.push(write)
        messages += size
        if (size > 1) batches++
      }
      if (!isWorthBatching(selected.length, batches)) return []
      queue.splice(0, queue.length, ...remaining)
      return selected
    },

    /** Removes and returns the oldest write that may be sent alone. */
    takeOne(mayBeBatch: boolean): PendingWrite | undefined {
      const at = queue.findIndex((write) => isFree(write) && (mayBeBatch || !isBatch(write)))
      mayHaveHeldWrites ||= at !== 0
      return at < 0 ? undefined : queue.splice(at, 1)[0]
    },

    /**
     * Removes and returns the writes with this guard filter that expect a position before `position`: they are stale.
     */
    takeStale(filter: string, position: number): ReadonlyArray<PendingWrite> {
      if (!mayHaveHeldWrites) return []
      const stale = queue.filter(({ guard }) => guard?.filter === filter && guard.position < position)
      stale.forEach(withdraw)
      return stale
    },

    /** Removes and returns the writes that were queued before `time`. */
    takeOlderThan(time: number): ReadonlyArray<PendingWrite> {
      const firstYoung = queue.findIndex(({ queuedAtMillis }) => queuedAtMillis >= time)
      return firstYoung === 0 ? [] : queue.splice(0, firstYoung < 0 ? queue.length : firstYoung)
    },

    /** Called at the end of a flush. */
    clearHeldIfEmpty() {
      mayHaveHeldWrites &&= queue.length > 0
    }
  }
}
