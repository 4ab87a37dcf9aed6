import { Result } from "effect"
import { ApiErrorCode, PublishRejected } from "#layers/nats/messages/apiErrors.ts"
import { type PendingWrite, unsent } from "./PendingWrite.ts"
import { type Guard, messageCount, type Write, type WriteResult } from "./publish.ts"

export const isBatch = ({ messages }: Write) => messages.length > 1

/**
 * The guard filters of writes that are ahead of others. A write may not overtake one with a filter of its own: first come,
 * first served on each filter, so that none waits for ever and no two wait for each other.
 */
class FiltersAhead {
  /** What the next write of the batch has to expect; undefined if a write ahead waits. */
  readonly #filters = new Map<string, Guard["position"] | undefined>()

  /**
   * Whether a write may be sent behind those ahead: in one batch several writes may expect the same position, and a write
   * may expect the position of one ahead.
   */
  allow(guards: ReadonlyArray<Guard>): boolean {
    return guards.every(({ filter, position }) =>
      this.#filters.has(filter) ? this.#filters.get(filter) === position : typeof position === "number"
    )
  }

  add(write: PendingWrite, isSelected: boolean): void {
    for (const { filter, lastIndex, position } of write.guards)
      this.#filters.set(filter, !isSelected ? undefined : lastIndex === undefined ? position : write)
  }
}

/**
 * Writes that are based on each other, from which a batch is faster than one after the other: with a synced disk a batch
 * costs as much as some lone writes.
 */
const minDependentWrites = 8

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
    if (write.isSettled) return
    this.#queue.push(write)
    this.#mayHaveHeldWrites ||= write.isDependent
  }

  /** Removes a write unless it was sent, and answers those that are based on it. */
  withdraw(write: PendingWrite): void {
    const at = this.#queue.indexOf(write)
    if (at < 0) return
    this.#queue.splice(at, 1)
    this.settle(write, unsent)
  }

  /** Puts back the writes of a rejected group, to be sent one by one: each on its own, or as soon as it is the first of several. */
  putBack(group: ReadonlyArray<PendingWrite>): void {
    for (const write of group) write.isAlone = !write.isDependent
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
   * `isWorthBatching`: of each guard filter the first write, and those behind it that expect the same position or its own.
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
    let dependents = 0
    for (const write of this.#queue) {
      const size = write.messages.length
      const isFirst = this.#isFree(write) && ahead.allow(write.guards)
      if (!isFirst) this.#mayHaveHeldWrites = true
      const isSelected = isFirst && !write.isAlone && messages + size <= maxMessages
      ahead.add(write, isSelected)
      if (!isSelected) {
        remaining.push(write)
        continue
      }
      selected.push(write)
      messages += size
      if (size > 1) batches++
      if (write.isDependent) dependents++
    }
    if (dependents < minDependentWrites && !isWorthBatching(selected.length, batches)) return []
    this.#queue.splice(0, this.#queue.length, ...remaining)
    return selected
  }

  /** Removes and returns the oldest write that may be sent alone. */
  takeOne(mayBeBatch: boolean): PendingWrite | undefined {
    const ahead = new FiltersAhead()
    const at = this.#queue.findIndex((write) => {
      if (this.#isFree(write) && ahead.allow(write.guards) && (mayBeBatch || !isBatch(write))) return true
      ahead.add(write, false)
      return false
    })
    this.#mayHaveHeldWrites ||= at !== 0
    return at < 0 ? undefined : this.#queue.splice(at, 1)[0]
  }

  /**
   * Answers a write, those that are based on it if it was not stored, and those that wait behind it for an older position of
   * their event stream: they cannot succeed.
   */
  settle(write: PendingWrite, result: WriteResult): void {
    write.settle(result)
    if (!this.#mayHaveHeldWrites) return
    for (const { filter } of write.guards) this.#settleStale(filter, write.positionOn(filter))
    const left = this.#queue.filter(({ isSettled }) => !isSettled)
    if (left.length < this.#queue.length) this.#queue.splice(0, this.#queue.length, ...left)
  }

  /** Answers each write of a group with its own position: the group's messages have consecutive ones. */
  settleGroup(group: ReadonlyArray<PendingWrite>, result: WriteResult): void {
    // The last one first: those that are based on others in the group may be stored as much as these.
    if (Result.isFailure(result)) return group.toReversed().forEach((write) => this.settle(write, result))
    let lastPosition = result.success.seq - messageCount(group)
    for (const write of group) {
      lastPosition += write.messages.length
      this.settle(write, Result.succeed({ ...result.success, seq: lastPosition }))
    }
  }

  /** Answers the writes that were queued before `time`. */
  failOlderThan(time: number, resultOf: (write: PendingWrite) => WriteResult): void {
    const firstYoung = this.#queue.findIndex(({ queuedAtMillis }) => queuedAtMillis >= time)
    const expired = this.#queue.splice(0, firstYoung < 0 ? this.#queue.length : firstYoung)
    for (const write of expired) this.settle(write, resultOf(write))
  }

  /** Called at the end of a flush. */
  clearHeldIfEmpty(): void {
    this.#mayHaveHeldWrites &&= this.#queue.length > 0
  }

  /** Answers the writes with this guard filter that expect a position before its newest one. */
  #settleStale(filter: string, newest = 0): void {
    const description = `the last is ${newest}`
    const result = Result.fail(new PublishRejected({ code: ApiErrorCode.wrongLastSequence, description }))
    const isStale = (guard: Guard) =>
      guard.filter === filter && typeof guard.position === "number" && guard.position < newest
    for (const write of this.#queue) if (write.guards.some(isStale)) write.settle(result)
  }

  #isFree({ guards }: PendingWrite): boolean {
    return guards.every(({ filter }) => !this.#filtersInFlight.has(filter))
  }
}
