import type { EventFilter } from "./feedItems.ts"
import type { Channel, Listener } from "./listeners.ts"

/** Equal for equal filters. */
const filterKey = ({ correlationId, countsOnly, lanes, types }: EventFilter) =>
  JSON.stringify([lanes?.toSorted(), types?.toSorted(), correlationId, countsOnly])

const unfiltered = filterKey({})

/** The listeners of a feed, in one channel for each filter that some listener has. */
export class Channels {
  readonly #byFilter = new Map<string, Channel>()
  readonly #readerOf: (filter: EventFilter) => Channel["nextItem"]

  constructor(readerOf: (filter: EventFilter) => Channel["nextItem"]) {
    this.#readerOf = readerOf
  }

  get isEmpty(): boolean {
    return this.#byFilter.size === 0
  }

  all(): Iterable<Channel> {
    return this.#byFilter.values()
  }

  /** The number of listeners in all channels. */
  countListeners(): number {
    let count = 0
    for (const { listeners } of this.#byFilter.values()) count += listeners.size
    return count
  }

  /** The listeners without a filter. */
  unfilteredListeners(): Set<Listener> {
    return this.#byFilter.get(unfiltered)?.listeners ?? new Set()
  }

  /** Adds a listener; returns the function that removes it. */
  add(filter: EventFilter, listener: Listener): () => void {
    const key = filterKey(filter)
    const channel = this.#byFilter.get(key) ?? { nextItem: this.#readerOf(filter), listeners: new Set() }
    this.#byFilter.set(key, channel)
    channel.listeners.add(listener)
    return () => {
      channel.listeners.delete(listener)
      if (channel.listeners.size === 0) this.#byFilter.delete(key)
    }
  }
}
