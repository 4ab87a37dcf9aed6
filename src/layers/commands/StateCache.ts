import { LRUCache } from "lru-cache"
import { emptyStream, type StreamHistory, type StreamVersion } from "#layers/services/EventLog.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { LazyStates, type States } from "./States.ts"

/** Milliseconds for which a trusted read is reused; docs/guarantees.md promises this bound. */
export const maxAgeMillis = 1_000

/** The newest version of an event stream that this process knows, its command ids and the states at that version. */
class CacheEntry implements StreamVersion {
  readonly position: number
  readonly count: number
  readonly commandIds: Set<string>
  /** When this was certainly the newest version, in monotonic milliseconds. */
  confirmedAtMillis: number
  readonly #states: LazyStates | States

  constructor(
    { count, position }: StreamVersion,
    commandIds: Set<string>,
    states: LazyStates | States,
    confirmedAtMillis: number
  ) {
    this.position = position
    this.count = count
    this.commandIds = commandIds
    this.#states = states
    this.confirmedAtMillis = confirmedAtMillis
  }

  get states(): States {
    return this.#states instanceof LazyStates ? this.#states.get() : this.#states
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
 * An LRU cache of the states of event streams, without their events. It may be stale and evict anything at any time: the
 * version check of `append` makes that harmless for what a command guards or checks, and what it trusts is used only while
 * it is fresh.
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

  /** The cached states, if they were the newest ones `maxAgeMillis` ago or later. Appends of this process are always in them. */
  fresh(streamId: string, nowMillis: number): CacheEntry | undefined {
    const cached = this.#streams.get(streamId)
    return cached && nowMillis - cached.confirmedAtMillis <= maxAgeMillis ? cached : undefined
  }

  forget(streamId: string): void {
    this.#streams.delete(streamId)
  }

  /**
   * Drops the cached states of an event stream that may have changed. It is read again before a command is decided on it; an
   * event stream that is not cached at all would be taken for an empty one.
   */
  doubt(streamId: string): void {
    const known = this.#streams.peek(streamId)
    const commandIds = known?.commandIds ?? new Set()
    this.#streams.set(streamId, new CacheEntry(known ?? emptyStream, commandIds, new Map(), -Infinity))
  }

  /** Records that this was certainly still the newest position of the event stream at a time. */
  confirm(streamId: string, position: number | undefined, atMillis: number): void {
    const cached = this.#streams.peek(streamId)
    if (cached && cached.position === position) cached.confirmedAtMillis = Math.max(cached.confirmedAtMillis, atMillis)
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

  /**
   * Caches states of an event stream whose read began at `readAtMillis`. States of other projections stay valid if its
   * position is the same.
   */
  put(streamId: string, history: StreamHistory, states: States, readAtMillis: number): void {
    const cached = this.#streams.peek(streamId)
    if (cached && cached.position > history.position) return
    const same = cached?.position === history.position ? cached : undefined
    const commandIds = new Set(history.events.slice(-maxCommandIds).map(({ commandId }) => commandId))
    const all = same ? new Map([...same.states, ...states]) : states
    const confirmedAtMillis = same ? Math.max(same.confirmedAtMillis, readAtMillis) : readAtMillis
    this.#streams.set(streamId, new CacheEntry(history, commandIds, all, confirmedAtMillis))
  }

  /**
   * Caches the states after an append of this process that began at `appendedAtMillis`, in which the event stream got the
   * event `last`. The newest version before was at `positionBefore`.
   */
  advance(
    streamId: string,
    positionBefore: number | undefined,
    { commandId, position, streamRevision }: RecordedEvent,
    states: LazyStates,
    appendedAtMillis: number
  ): void {
    const cached = this.#streams.peek(streamId)
    if (cached && cached.position > position) return
    const current = cached?.position === positionBefore ? cached : undefined
    // Its command ids would not be complete.
    if (!current && positionBefore !== 0) return void this.#streams.delete(streamId)
    // Shared with the old entry: a false positive of `mightContain` costs only a read of the log.
    const commandIds = current?.commandIds ?? new Set<string>()
    if (commandIds.size < maxCommandIds) commandIds.add(commandId)
    const version = { position, count: streamRevision }
    this.#streams.set(streamId, new CacheEntry(version, commandIds, states, appendedAtMillis))
  }
}
