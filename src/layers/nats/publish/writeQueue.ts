import type { Done, Write } from "./atomicBatch.ts"

export interface Waiting extends Write {
  readonly settle: Done
  /** When it began to wait, in milliseconds. */
  readonly since: number
  /** It was in a group that was refused, and is asked about by itself now. */
  alone: boolean
}

export const isBatch = ({ messages }: Write) => messages.length > 1

/** Writes that wait to be sent, oldest first. Of those with the same guard one is under way at a time. */
export const waitingWrites = () => {
  const waiting: Array<Waiting> = []
  const underWay = new Set<string>()
  /** Whether one may wait for another of its place. */
  let held = false

  const isFree = ({ guard }: Write) => !guard || !underWay.has(guard.filter)

  const withdraw = (write: Waiting) => {
    const at = waiting.indexOf(write)
    if (at >= 0) waiting.splice(at, 1)
  }

  return {
    count: () => waiting.length,
    add: (write: Waiting) => void waiting.push(write),
    withdraw,
    /** They were sent in vain, and are asked about one by one. */
    putBack(group: ReadonlyArray<Waiting>) {
      for (const write of group) write.alone = true
      waiting.unshift(...group)
    },
    sent(writes: ReadonlyArray<Write>) {
      for (const { guard } of writes) if (guard) underWay.add(guard.filter)
    },
    answered(writes: ReadonlyArray<Write>) {
      for (const { guard } of writes) if (guard) underWay.delete(guard.filter)
    },

    /** Takes out the first write of each place, oldest first, of so many messages at the most, if `isWorthIt`. */
    group(most: number, isWorthIt: (taken: number, batches: number) => boolean): ReadonlyArray<Waiting> {
      if (waiting.length < 2) return []
      const places = new Set<string>()
      const taken: Array<Waiting> = []
      const left: Array<Waiting> = []
      let messages = 0
      let batches = 0
      for (const write of waiting) {
        const place = write.guard?.filter ?? ""
        const size = write.messages.length
        const isFirst = isFree(write) && !places.has(place)
        if (place) places.add(place)
        if (!isFirst) held = true
        if (!isFirst || write.alone || messages + size > most) {
          left.push(write)
          continue
        }
        taken.push(write)
        messages += size
        if (size > 1) batches++
      }
      if (!isWorthIt(taken.length, batches)) return []
      waiting.splice(0, waiting.length, ...left)
      return taken
    },

    /** Takes out the oldest that may be sent by itself. */
    one(mayBeBatch: boolean): Waiting | undefined {
      const at = waiting.findIndex((write) => isFree(write) && (mayBeBatch || !isBatch(write)))
      held ||= at !== 0
      return at < 0 ? undefined : waiting.splice(at, 1)[0]
    },

    /** Takes out what waited for this place to stand where it stood before `position`: it expects what is so no more. */
    overtaken(filter: string, position: number): ReadonlyArray<Waiting> {
      if (!held) return []
      const late = waiting.filter(({ guard }) => guard?.filter === filter && guard.position < position)
      late.forEach(withdraw)
      return late
    },

    /** Takes out what began to wait before that time. */
    olderThan(time: number): ReadonlyArray<Waiting> {
      const young = waiting.findIndex(({ since }) => since >= time)
      return young === 0 ? [] : waiting.splice(0, young < 0 ? waiting.length : young)
    },

    /** Nothing is sent any more for now. */
    rest() {
      held &&= waiting.length > 0
    }
  }
}
