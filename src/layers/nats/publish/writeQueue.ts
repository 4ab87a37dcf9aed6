import { Result } from "effect"
import { ApiErrorCode, PublishRejected } from "#layers/nats/messages/apiErrors.ts"
import { messageCount, type Write, type WriteCallback, type WriteResult } from "./publish.ts"

export interface PendingWrite extends Write {
  readonly settle: WriteCallback
  /** When it was queued, by `performance.now()`. */
  readonly queuedAtMillis: number
  /** It was in a group that was rejected, and is sent alone now. */
  isAlone: boolean
}

export const isBatch = ({ messages }: Write) => messages.length > 1

/** Writes that wait to be sent, oldest first. Of those with the same guard filter, one is in flight at a time. */
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
    for (const { guard } of writes) if (guard) this.#filtersInFlight.add(guard.filter)
  }

  markAnswered(writes: ReadonlyArray<Write>): void {
    for (const { guard } of writes) if (guard) this.#filtersInFlight.delete(guard.filter)
  }

  /**
   * Removes and returns the first write of each guard filter, oldest first, up to `maxMessages` messages, if
   * `isWorthBatching`.
   */
  takeGroup(
    maxMessages: number,
    isWorthBatching: (writeCount: number, batchCount: number) => boolean
  ): ReadonlyArray<PendingWrite> {
    if (this.#queue.length < 2) return []
    const filters = new Set<string>()
    const selected: Array<PendingWrite> = []
    const remaining: Array<PendingWrite> = []
    let messages = 0
    let batches = 0
    for (const write of this.#queue) {
      const filter = write.guard?.filter ?? ""
      const size = write.messages.length
      const isFirst = this.#isFree(write) && !filters.has(filter)
      if (filter) filters.add(filter)
      if (!isFirst) this.#mayHaveHeldWrites = true
      if (!isFirst || write.isAlone || messages + size > maxMessages) {
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
    const at = this.#queue.findIndex((write) => this.#isFree(write) && (mayBeBatch || !isBatch(write)))
    this.#mayHaveHeldWrites ||= at !== 0
    return at < 0 ? undefined : this.#queue.splice(at, 1)[0]
  }

  /** Answers a write, and those that wait behind it for an older position of their event stream: they cannot succeed. */
  settle({ settle, guard }: PendingWrite, result: WriteResult): void {
    settle(result)
    if (!guard || Result.isFailure(result)) return
    const { seq } = result.success
    for (const stale of this.#takeStale(guard.filter, seq)) {
      stale.settle(
        Result.fail(new PublishRejected({ code: ApiErrorCode.wrongLastSequence, description: `the last is ${seq}` }))
      )
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
    const stale = this.#queue.filter(({ guard }) => guard?.filter === filter && guard.position < position)
    for (const write of stale) this.withdraw(write)
    return stale
  }

  #isFree({ guard }: Write): boolean {
    return !guard || !this.#filtersInFlight.has(guard.filter)
  }
}
