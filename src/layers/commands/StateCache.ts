import { LRUCache } from "lru-cache"
import { Projection } from "#domain/model/index.ts"
import type { StreamHistory, StreamVersion } from "#layers/services/EventLog.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { UnguardedRead } from "./UnguardedReads.ts"

/** What a state was folded with: a projection from its initial state, or one on top of what was read unguarded. */
export type StateKey = Projection.Any | UnguardedRead

type States = ReadonlyMap<StateKey, unknown>

const projectionOf = (key: StateKey): Projection.Any => (key instanceof UnguardedRead ? key.projection : key)

/** How many states on top of unguarded reads are cached for one event stream: each has to move on with its events. */
const maxStatesOnReads = 8

/** The states with one more; of those on top of unguarded reads the oldest are dropped. */
const withState = (states: States, key: StateKey, state: unknown): States => {
  const next = new Map(states)
  next.delete(key)
  if (key instanceof UnguardedRead) {
    const onReads = [...next.keys()].filter((each) => each instanceof UnguardedRead)
    for (const old of onReads.slice(0, Math.max(0, onReads.length - maxStatesOnReads + 1))) next.delete(old)
  }
  return next.set(key, state)
}

/** What one process last saw of a place: how far it stands, which commands made it, and what that amounts to. */
interface CacheEntry extends StreamVersion {
  readonly commandIds: Set<string>
  readonly states: States
}

/** What facts amount to is worked out when somebody asks: in most places nothing comes after. */
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
 * An event stream with more commands than this is read whenever a command comes with an id of its own, as each of an
 * automation does: that costs more the longer it is.
 */
const maxCommandIds = 10_000

/** How many command ids are cached for each event stream, on average over all. */
const meanCommandIds = 40

/**
 * What this process remembers of places, least recently used forgotten first: states, not histories. It may be stale or
 * forget anything at any time; the guard on `append` makes that harmless.
 */
export class StateCache {
  readonly #streams: LRUCache<string, CacheEntry>

  /** @param most how many places are remembered */
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

  /** How far a place is known; 0 if it is not. */
  positionOf(streamId: string): number {
    return this.#streams.peek(streamId)?.position ?? 0
  }

  /** Whether the command may have been done in this place before. */
  mightContain(streamId: string, commandId: string): boolean {
    const cached = this.#streams.peek(streamId)
    return cached !== undefined && (cached.commandIds.has(commandId) || cached.commandIds.size >= maxCommandIds)
  }

  /** A place was read, and amounts to `state` for this key. Older states stay true if it stands where it stood. */
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
   * This process appended facts to the place as it stood at `stand`: the states that were true there move on with them,
   * those that are remembered and those that `before` names.
   */
  advance(streamId: string, version: StreamVersion, events: ReadonlyArray<RecordedEvent>, statesBefore: States): void {
    const cached = this.#streams.peek(streamId)
    const last = events.at(-1)!
    if (cached && cached.position > last.position) return
    const current = cached?.position === version.position ? cached : undefined
    if (!current && version.position > 0) return void this.#streams.delete(streamId)
    const newEvents = events.map(({ event }) => event)
    const cachedStates = current?.states ?? []
    // Shared with what was cached before: a command that is taken for done costs a look at the log, no more.
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
