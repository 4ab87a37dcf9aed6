import {
  budgetAt,
  type FeedItem,
  isDue,
  type feedItemReader,
  countsIntervalMillis,
  type ListenerState
} from "./feedItems.ts"

/** Where the bytes for one listener go. */
export interface Sink {
  /** Sends bytes that listeners share: they must not be changed. */
  readonly write: (bytes: Uint8Array) => void
  /** Whether everything that was written has left this process. */
  readonly isDrained: () => boolean
  /** Ends the connection at once. */
  readonly disconnect: () => void
}

export interface Listener {
  readonly sink: Sink
  state: ListenerState
  /** When something was written last, in milliseconds. */
  lastWriteMillis: number
  /** Since when the sink is not drained, in milliseconds. */
  blockedSinceMillis: number | undefined
}

/** Those who want the same. */
export interface Channel {
  readonly nextItem: ReturnType<typeof feedItemReader>
  readonly listeners: Set<Listener>
}

/** A silence of so many milliseconds at the most: whatever is between keeps the connection open. */
export const heartbeatMillis = 10_000

/** Listeners whose heartbeat is due within so many milliseconds get it together: nobody is woken for each. */
const heartbeatToleranceMillis = 1_000

/** A listener whose connection takes nothing for so many milliseconds is dropped. */
export const drainTimeoutMillis = 10_000

/** Those among them whose connection takes more; who has taken nothing for too long is dropped. */
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
  encode: (happening: FeedItem) => Uint8Array
): EncodedItem => ({
  chunk: encode(item),
  next
})

interface FeedRound {
  /** In milliseconds. */
  readonly now: number
  /** How far the log is. */
  readonly position: number
  /** Facts that each listener may be told in a second. */
  readonly perSecond: number
  readonly encode: (happening: FeedItem) => Uint8Array
}

/** Tells listeners of one channel what happened up to a position: what they are told is found and encoded once. */
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

/** Writes the heartbeat to all whose silence has lasted, or nearly; none if nobody's has. */
export const writeHeartbeats = (listeners: ReadonlyArray<Listener>, now: number, heartbeat: Uint8Array): void => {
  if (!listeners.some(({ lastWriteMillis }) => now - lastWriteMillis >= heartbeatMillis)) return
  for (const listener of listeners) {
    if (now - listener.lastWriteMillis < heartbeatMillis - heartbeatToleranceMillis) continue
    listener.sink.write(heartbeat)
    listener.lastWriteMillis = now
  }
}

/** Milliseconds after which a listener must be looked at again, though nothing happens. */
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
