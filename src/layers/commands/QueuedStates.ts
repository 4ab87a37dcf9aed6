import { Effect } from "effect"
import { TransientMap } from "#layers/collections/TransientMap.ts"
import type { QueuedAppend, QueuedVersion } from "#layers/services/EventLog.ts"
import { eventsOf, type StoredEvent } from "#layers/services/RecordedEvent.ts"
import { LazyStates, type States } from "./States.ts"

/** The states of an event stream after a queued append. */
export class QueuedState implements QueuedVersion {
  readonly after: QueuedAppend
  readonly count: number
  readonly commandId: string
  /** The position of its newest event, once it is stored. */
  position: number | undefined
  /** The state that it is based on, while that one's append may be queued. */
  previous: QueuedState | undefined
  /** Outlive the append in the cache. */
  readonly lazyStates: LazyStates

  /** @param events what `after` adds to the event stream, whose states were `before` */
  constructor(after: QueuedAppend, events: ReadonlyArray<StoredEvent>, before: States) {
    const last = events.at(-1)!
    this.after = after
    this.count = last.streamRevision
    this.commandId = last.commandId
    this.lazyStates = new LazyStates(before, events.flatMap(eventsOf))
  }

  get states(): States {
    return this.lazyStates.get()
  }
}

/** The queued appends to one event stream, and the callers that wait until all of them are settled. */
interface StreamQueue {
  newest: QueuedState
  count: number
  waiting: Array<() => void> | undefined
}

/**
 * The states of event streams to which this process has queued appends: the next command on them is decided on these states
 * and stored with or after the appends, so that it need not wait for a round trip. Trusted reads do not use them, since an
 * append may fail.
 */
export class QueuedStates {
  readonly #queues = new TransientMap<string, StreamQueue>()

  /** The state after the newest queued append. */
  newest(streamId: string): QueuedState | undefined {
    return this.#queues.get(streamId)?.newest
  }

  /** The number of queued appends to an event stream. */
  countOf(streamId: string): number {
    return this.#queues.get(streamId)?.count ?? 0
  }

  mightContain(streamId: string, commandId: string): boolean {
    for (let each = this.newest(streamId); each; each = each.previous) if (each.commandId === commandId) return true
    return false
  }

  add(streamId: string, state: QueuedState): void {
    const queue = this.#queues.get(streamId)
    if (!queue) return void this.#queues.add(streamId, { newest: state, count: 1, waiting: undefined })
    state.previous = queue.newest
    queue.newest = state
    queue.count++
  }

  /** Removes a state whose append was stored, or failed: then so did those of the states after it. */
  remove(streamId: string, state: QueuedState): void {
    // Older ones are not of interest any more.
    state.previous = undefined
    const queue = this.#queues.get(streamId)
    if (!queue || --queue.count > 0) return
    this.#queues.delete(streamId)
    for (const resume of queue.waiting ?? []) resume()
  }

  /** Completes when no append to these event streams is queued. */
  settled(streams: ReadonlyArray<{ readonly text: string }>): Effect.Effect<void> {
    return Effect.forEach(streams, ({ text }) => this.#settledOne(text), { discard: true })
  }

  #settledOne(streamId: string): Effect.Effect<void> {
    return Effect.callback((resume) => {
      const queue = this.#queues.get(streamId)
      if (!queue) return resume(Effect.void)
      ;(queue.waiting ??= []).push(() => resume(Effect.void))
    })
  }
}
