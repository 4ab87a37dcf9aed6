import { LRUCache } from "lru-cache"
import { Projection } from "#domain/model/index.ts"
import type { StreamHistory, StreamVersion } from "#layers/services/EventLog.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { UnguardedRead } from "./UnguardedReads.ts"

/** How a state was folded: by a projection from its initial state, or on top of an unguarded read. */
export type StateKey = Projection.Any | UnguardedRead

type States = ReadonlyMap<StateKey, unknown>

const projectionOf = (key: StateKey): Projection.Any => (key instanceof UnguardedRead ? key.projection : key)

/** How many states on top of unguarded reads are cached for one event stream: each is advanced with its new events. */
const maxStatesOnReads = 8

/** Adds a state; the oldest ones on top of unguarded reads are dropped. */
const withState = (states: States, key: StateKey, state: unknown): States => {
  const next = new Map(states)
  next.delete(key)
  if (key instanceof UnguardedRead) {
    const onReads = [...next.keys()].filter((each) => each instanceof UnguardedRead)
    for (const old of onReads.slice(0, Math.max(0, onReads.length - maxStatesOnReads + 1))) next.delete(old)
  }
  return next.set(key, state)
}

/** The newest version of an event stream that this process knows, its command ids and the states at that version. */
interface CacheEntry extends StreamVersion {
  readonly commandIds: Set<string>
  readonly states: States
}

/** Folds the states on the first access: most event streams get no further command. */
class LazyCacheEntry implements CacheEntry {
  readonly position: number
  readonly count: number
  readonly commandIds: Set<string>
  #states: (() => States) | States

  constructor({ position, streamRevision }: RecordedEvent, commandIds: Set<string>, states: () => States) {
    this.position = position
    this.count = streamRevision
    this.commandIds = commandIds
    this.#states = states
  }

  get states(): States {
    return (this.#states = typeof this.#states === "function" ? this.#states() : this.#states)
  }
}

/**
 * The most command ids of one event stream. Beyond, the stream is read for each command that has an id of its caller, as
 * all commands of automations do, and the cost of that grows with the stream.
 */
const maxCommandIds = 10_000

/** How many command ids are cached per event stream on average. */
const meanCommandIds = 40

/**
 * An LRU cache of the states of event streams, without their events. It may be stale and evict anything at any time; the
 * version check of `append` makes that harmless.
 */
export class StateCache {
  readonly #streams: LRUCache<string, CacheEntry>

  /** @param maxStreams how many event streams are cached */
  constructor(maxStreams: number) {
    this.#streams = new LRUCache({
      max: maxStreams,
      maxSize: maxCommandIds + maxStreams * meanCommandIds,
      sizeCalculation: ({ commandIds }) => 1 + commandIds.size
    })
  }

  get size(): number {
    return this.#streams.size
  }

  get(streamId: string): CacheEntry | undefined {
    return this.#streams.get(streamId)
  }

  forget(streamId: string): void {
    this.#streams.delete(streamId)
  }

  /** The cached position of an event stream; 0 if it is not cached. */
  positionOf(streamId: string): number {
    return this.#streams.peek(streamId)?.position ?? 0
  }

  /** Whether the event stream may contain events of this command; false if it is not cached. */
  mightContain(streamId: string, commandId: string): boolean {
    const cached = this.#streams.peek(streamId)
    return cached !== undefined && (cached.commandIds.has(commandId) || cached.commandIds.size >= maxCommandIds)
  }

  /** Caches the state of an event stream that was read. States for other keys stay valid if its position is the same. */
  put(streamId: string, history: StreamHistory, key: StateKey, state: unknown): void {
    const cached = this.#streams.peek(streamId)
    if (cached && cached.position > history.position) return
    const states = cached?.position === history.position ? cached.states : new Map<StateKey, unknown>()
    this.#streams.set(streamId, {
      position: history.position,
      count: history.count,
      commandIds: new Set(history.events.slice(-maxCommandIds).map(({ commandId }) => commandId)),
      states: withState(states, key, state)
    })
  }

  /**
   * Caches events that this process appended at `version`: the cached states of that version, and `statesBefore`, are
   * folded with them.
   */
  advance(streamId: string, version: StreamVersion, events: ReadonlyArray<RecordedEvent>, statesBefore: States): void {
    const cached = this.#streams.peek(streamId)
    const last = events.at(-1)!
    if (cached && cached.position > last.position) return
    const current = cached?.position === version.position ? cached : undefined
    if (!current && version.position > 0) return void this.#streams.delete(streamId)
    const newEvents = events.map(({ event }) => event)
    const cachedStates = current?.states ?? []
    // Shared with the old entry: a false positive of `mightContain` costs only a read of the log.
    const commandIds = current?.commandIds ?? new Set<string>()
    if (commandIds.size < maxCommandIds) commandIds.add(last.commandId)
    const states = () =>
      new Map(
        Array.from(new Map([...statesBefore, ...cachedStates]), ([key, state]) => [
          key,
          Projection.fold(projectionOf(key), newEvents, state)
        ])
      )
    this.#streams.set(streamId, new LazyCacheEntry(last, commandIds, states))
  }
}
