import { Effect } from "effect"
import { Projection } from "#domain/model/index.ts"
import type { QueuedAppend, QueuedVersion } from "#layers/services/EventLog.ts"
import type { StoredEvent } from "#layers/services/RecordedEvent.ts"
import type { States } from "./StateCache.ts"

/** The states of an event stream after a queued append, folded on the first access: most event streams get no further command. */
export class QueuedState implements QueuedVersion {
  readonly after: QueuedAppend
  readonly count: number
  readonly commandId: string
  /** The position of its newest event, once it is stored. */
  position: number | undefined
  #states: (() => States) | States

  /** @param events what `after` adds to the event stream, whose states were `before` */
  constructor(after: QueuedAppend, events: ReadonlyArray<StoredEvent>, before: States) {
    const last = events.at(-1)!
    this.after = after
    this.count = last.streamRevision
    this.commandId = last.commandId
    const added = events.map(({ event }) => event)
    this.#states = () =>
      new Map(Array.from(before, ([projection, state]) => [projection, Projection.fold(projection, added, state)]))
  }

  get states(): States {
    return (this.#states = typeof this.#states === "function" ? this.#states() : this.#states)
  }
}

/** The queued appends to one event stream, oldest first, and who waits until there is none. */
interface StreamQueue {
  readonly states: Set<QueuedState>
  newest: QueuedState
  readonly waiting: Set<() => void>
}

/**
 * The states of event streams to which this process has queued appends: the next command on them is decided on these states
 * and stored with or after the appends, so that it need not wait for a round trip. Nobody else may read them, since an
 * append may fail.
 */
export class QueuedStates {
  readonly #queues = new Map<string, StreamQueue>()

  /** The state after the newest queued append. */
  newest(streamId: string): QueuedState | undefined {
    return this.#queues.get(streamId)?.newest
  }

  /** The number of queued appends to an event stream. */
  countOf(streamId: string): number {
    return this.#queues.get(streamId)?.states.size ?? 0
  }

  mightContain(streamId: string, commandId: string): boolean {
    const states = this.#queues.get(streamId)?.states ?? []
    return Array.from(states).some((each) => each.commandId === commandId)
  }

  add(streamId: string, state: QueuedState): void {
    const queue = this.#queues.get(streamId)
    if (!queue) return void this.#queues.set(streamId, { states: new Set([state]), newest: state, waiting: new Set() })
    queue.states.add(state)
    queue.newest = state
  }

  /** Removes a state whose append was stored, or failed: then so did those of the states after it. */
  remove(streamId: string, state: QueuedState): void {
    const queue = this.#queues.get(streamId)
    if (!queue?.states.delete(state) || queue.states.size > 0) return
    this.#queues.delete(streamId)
    for (const resume of queue.waiting) resume()
  }

  /** Completes when no append to these event streams is queued. */
  settled(streams: ReadonlyArray<{ readonly text: string }>): Effect.Effect<void> {
    return Effect.forEach(streams, ({ text }) => this.#settledOne(text), { discard: true })
  }

  #settledOne(streamId: string): Effect.Effect<void> {
    return Effect.callback((resume) => {
      const queue = this.#queues.get(streamId)
      if (!queue) return resume(Effect.void)
      const resumeAll = () => resume(Effect.void)
      queue.waiting.add(resumeAll)
      return Effect.sync(() => queue.waiting.delete(resumeAll))
    })
  }
}
