import {
  budgetAt,
  type FeedItem,
  isDue,
  type feedItemReader,
  countsIntervalMillis,
  type ListenerState
} from "./feedItems.ts"

/** The connection of one listener. */
export interface Sink {
  /** Sends bytes that listeners share: they must not be changed. */
  readonly write: (bytes: Uint8Array) => void
  /** Whether all written bytes have left this process. */
  readonly isDrained: () => boolean
  /** Ends the connection at once. */
  readonly disconnect: () => void
}

export interface Listener {
  readonly sink: Sink
  state: ListenerState
  /** Monotonic, as all times here. */
  lastWriteMillis: number
  /** Since when the sink is not drained. */
  blockedSinceMillis: number | undefined
}

/** Listeners with the same filter. */
export interface Channel {
  readonly nextItem: ReturnType<typeof feedItemReader>
  readonly listeners: Set<Listener>
}

/** The longest idle time of a connection, so that proxies keep it open. */
export const heartbeatMillis = 10_000

/** Heartbeats that are due within this time are written together, in one wake-up. */
const heartbeatToleranceMillis = 1_000

/** A listener whose connection is not drained for this long is dropped. */
const drainTimeoutMillis = 10_000

/** The listeners that can be written to. Drops those whose connection is not drained for too long. */
export const writableListeners = (listeners: Set<Listener>, now: number): ReadonlyArray<Listener> => {
  const drained: Array<Listener> = []
  for (const listener of listeners) {
    if (listener.sink.isDrained()) {
      listener.blockedSinceMillis = undefined
      drained.push(listener)
    } else if (now - (listener.blockedSinceMillis ??= now) >= drainTimeoutMillis) {
      listeners.delete(listener)
      listener.sink.disconnect()
    }
  }
  return drained
}

interface EncodedItem {
  readonly chunk: Uint8Array
  readonly next: ListenerState
}

const encodeItem = (
  [item, next]: readonly [FeedItem, ListenerState],
  encode: (item: FeedItem) => Uint8Array
): EncodedItem => ({
  chunk: encode(item),
  next
})

interface FeedRound {
  readonly now: number
  /** The last position of the log. */
  readonly position: number
  /** Events per second for each listener. */
  readonly perSecond: number
  readonly encode: (item: FeedItem) => Uint8Array
}

/** Writes the next item to the listeners of one channel: it is read and encoded once for all listeners at the same point. */
export const writeNext = (
  { nextItem }: Channel,
  listeners: ReadonlyArray<Listener>,
  { encode, now, perSecond, position }: FeedRound
): void => {
  const itemByState = new Map<ListenerState, EncodedItem>()
  const itemByPoint = new Map<string, EncodedItem>()
  const itemFor = (state: ListenerState): EncodedItem => {
    const cached = itemByState.get(state)
    if (cached) return cached
    const point = `${state.position} ${Math.floor(budgetAt(state, now, perSecond))}`
    const item = itemByPoint.get(point) ?? encodeItem(nextItem(state, now, perSecond), encode)
    itemByPoint.set(point, item)
    itemByState.set(state, item)
    return item
  }
  for (const listener of listeners) {
    if (listener.state.position >= position || !isDue(listener.state, now)) continue
    const { chunk, next } = itemFor(listener.state)
    listener.state = next
    if (chunk.length === 0) continue
    listener.sink.write(chunk)
    listener.lastWriteMillis = now
  }
}

/** Writes bytes to each of these listeners. */
export const writeAll = (listeners: ReadonlyArray<Listener>, now: number, bytes: Uint8Array): void => {
  for (const listener of listeners) {
    listener.sink.write(bytes)
    listener.lastWriteMillis = now
  }
}

/** Once a heartbeat is due for one listener, writes it to all for which it is due or nearly due. */
export const writeHeartbeats = (listeners: ReadonlyArray<Listener>, now: number, heartbeat: Uint8Array): void => {
  if (!listeners.some(({ lastWriteMillis }) => now - lastWriteMillis >= heartbeatMillis)) return
  for (const listener of listeners) {
    if (now - listener.lastWriteMillis < heartbeatMillis - heartbeatToleranceMillis) continue
    listener.sink.write(heartbeat)
    listener.lastWriteMillis = now
  }
}

/** Milliseconds after which a listener must be checked again without new events. */
export const millisUntilDue = (
  { blockedSinceMillis, state, lastWriteMillis }: Listener,
  now: number,
  position: number
): number => {
  if (blockedSinceMillis !== undefined)
    return Math.min(countsIntervalMillis, blockedSinceMillis + drainTimeoutMillis - now)
  const heartbeat = lastWriteMillis + heartbeatMillis - now
  return state.position < position ? Math.min(heartbeat, state.time + countsIntervalMillis - now) : heartbeat
}
