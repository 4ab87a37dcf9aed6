import { Result } from "effect"
import { ApiErrorCode, PublishRejected } from "#layers/nats/messages/apiErrors.ts"
import { type Guard, messageCount, type Write, type WriteCallback, type WriteResult } from "./publish.ts"

export interface PendingWrite extends Write {
  readonly settle: WriteCallback
  /** When it was queued, by `performance.now()`. */
  readonly queuedAtMillis: number
  /** It was in a group that was rejected, and is sent alone now. */
  isAlone: boolean
}

export const isBatch = ({ messages }: Write) => messages.length > 1

/**
 * The guard filters of writes that are ahead of others. A write may not overtake one with a filter of its own: first come,
 * first served on each filter, so that none waits for ever and no two wait for each other.
 */
class FiltersAhead {
  /** The position that the writes ahead check; undefined if one of them changes it, or waits. */
  readonly #filters = new Map<string, number | undefined>()

  /** Whether no write ahead stands in the way: in one batch several writes may check the same position. */
  allow(guards: ReadonlyArray<Guard>): boolean {
    return guards.every(
      ({ filter, lastIndex, position }) =>
        !this.#filters.has(filter) || (lastIndex === undefined && this.#filters.get(filter) === position)
    )
  }

  add(guards: ReadonlyArray<Guard>, isSelected: boolean): void {
    for (const { filter, lastIndex, position } of guards)
      this.#filters.set(filter, isSelected && lastIndex === undefined ? position : undefined)
  }
}

/** Writes that wait to be sent, oldest first. Of those with the same guard filter, one batch is in flight at a time. */
export class WriteQueue {
  readonly #queue: Array<PendingWrite> = []
  readonly #filtersInFlight = new Set<string>()
  /** Whether a write may be waiting for another with its guard filter. */
  #mayHaveHeldWrites = false

  get size(): number {
    return this.#queue.length
  }

  add(write: PendingWrite): void {
    this.#queue.push(write)
  }

  withdraw(write: PendingWrite): void {
    const at = this.#queue.indexOf(write)
    if (at >= 0) this.#queue.splice(at, 1)
  }

  /** Puts back the writes of a rejected group, to be sent one by one. */
  putBack(group: ReadonlyArray<PendingWrite>): void {
    for (const write of group) write.isAlone = true
    this.#queue.unshift(...group)
  }

  markSent(writes: ReadonlyArray<Write>): void {
    for (const { guards = [] } of writes) for (const { filter } of guards) this.#filtersInFlight.add(filter)
  }

  markAnswered(writes: ReadonlyArray<Write>): void {
    for (const { guards = [] } of writes) for (const { filter } of guards) this.#filtersInFlight.delete(filter)
  }

  /**
   * Removes and returns the writes that may be sent together, oldest first, up to `maxMessages` messages, if
   * `isWorthBatching`: of each guard filter the first write, or the first ones that only check the same position.
   */
  takeGroup(
    maxMessages: number,
    isWorthBatching: (writeCount: number, batchCount: number) => boolean
  ): ReadonlyArray<PendingWrite> {
    if (this.#queue.length < 2) return []
    const ahead = new FiltersAhead()
    const selected: Array<PendingWrite> = []
    const remaining: Array<PendingWrite> = []
    let messages = 0
    let batches = 0
    for (const write of this.#queue) {
      const { guards = [] } = write
      const size = write.messages.length
      const isFirst = this.#isFree(write) && ahead.allow(guards)
      if (!isFirst) this.#mayHaveHeldWrites = true
      const isSelected = isFirst && !write.isAlone && messages + size <= maxMessages
      ahead.add(guards, isSelected)
      if (!isSelected) {
        remaining.push(write)
        continue
      }
      selected.push(write)
      messages += size
      if (size > 1) batches++
    }
    if (!isWorthBatching(selected.length, batches)) return []
    this.#queue.splice(0, this.#queue.length, ...remaining)
    return selected
  }

  /** Removes and returns the oldest write that may be sent alone. */
  takeOne(mayBeBatch: boolean): PendingWrite | undefined {
    const ahead = new FiltersAhead()
    const at = this.#queue.findIndex((write) => {
      const { guards = [] } = write
      if (this.#isFree(write) && ahead.allow(guards) && (mayBeBatch || !isBatch(write))) return true
      ahead.add(guards, false)
      return false
    })
    this.#mayHaveHeldWrites ||= at !== 0
    return at < 0 ? undefined : this.#queue.splice(at, 1)[0]
  }

  /** Answers a write, and those that wait behind it for an older position of their event stream: they cannot succeed. */
  settle({ guards = [], messages, settle }: PendingWrite, result: WriteResult): void {
    settle(result)
    if (Result.isFailure(result)) return
    const first = result.success.seq - messages.length + 1
    for (const { filter, lastIndex } of guards) {
      if (lastIndex === undefined) continue
      const position = first + lastIndex
      const description = `the last is ${position}`
      for (const stale of this.#takeStale(filter, position))
        stale.settle(Result.fail(new PublishRejected({ code: ApiErrorCode.wrongLastSequence, description })))
    }
  }

  /** Answers each write of a group with its own position: the group's messages have consecutive ones. */
  settleGroup(group: ReadonlyArray<PendingWrite>, result: WriteResult): void {
    let lastPosition = Result.isSuccess(result) ? result.success.seq - messageCount(group) : 0
    for (const write of group) {
      lastPosition += write.messages.length
      const seq = lastPosition
      this.settle(
        write,
        Result.map(result, (ack) => ({ ...ack, seq }))
      )
    }
  }

  /** Removes and returns the writes that were queued before `time`. */
  takeOlderThan(time: number): ReadonlyArray<PendingWrite> {
    const firstYoung = this.#queue.findIndex(({ queuedAtMillis }) => queuedAtMillis >= time)
    return firstYoung === 0 ? [] : this.#queue.splice(0, firstYoung < 0 ? this.#queue.length : firstYoung)
  }

  /** Called at the end of a flush. */
  clearHeldIfEmpty(): void {
    this.#mayHaveHeldWrites &&= this.#queue.length > 0
  }

  /** Removes and returns the writes with this guard filter that expect a position before `position`. */
  #takeStale(filter: string, position: number): ReadonlyArray<PendingWrite> {
    if (!this.#mayHaveHeldWrites) return []
    const stale = this.#queue.filter(({ guards = [] }) =>
      guards.some((guard) => guard.filter === filter && guard.position < position)
    )
    for (const write of stale) this.withdraw(write)
    return stale
  }

  #isFree({ guards = [] }: Write): boolean {
    return guards.every(({ filter }) => !this.#filtersInFlight.has(filter))
  }
}
