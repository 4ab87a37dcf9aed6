import { Effect, Queue, type Scope } from "effect"
import type { Board } from "#domain/model/index.ts"
import type { Counts } from "#layers/contract/eventSchema.ts"
import type { LogTail } from "#layers/monitoring/tail/LogTail.ts"
import { supervise } from "#layers/processors/supervise.ts"
import type { LogMessage } from "#layers/services/LogReader.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { RecentTexts } from "./EncodedItems.ts"
import { initialStateAt, eventsPerSecond, type FeedItem, feedItemReader, type EventFilter } from "./feedItems.ts"
import {
  type Channel,
  heartbeatMillis,
  writeHeartbeats,
  millisUntilDue,
  type Listener,
  writableListeners,
  type Sink,
  writeNext
} from "./listeners.ts"

export type { Sink } from "./listeners.ts"

/** How the items of a feed are written. */
export interface FeedEncoding {
  readonly event: (logged: LogMessage) => string
  readonly counts: (counts: Counts) => string
  /** Keeps an idle connection open. */
  readonly heartbeat: string
}

export interface EventFeed {
  /** Writes a text that belongs to no position of the log to all listeners without a filter. */
  readonly announce: (text: string) => Effect.Effect<void>
  /** Writes events after a position to a sink, until the scope closes or the listener is dropped. */
  readonly listen: (filter: EventFilter, after: number, sink: Sink) => Effect.Effect<void, never, Scope.Scope>
}

/** For each listener beyond this number, rounds are a millisecond further apart: each write then carries more events. */
const pacingThreshold = 10

/** Equal for equal filters. */
const filterKey = ({ correlationId, lanes, types }: EventFilter) =>
  JSON.stringify([lanes?.toSorted(), types?.toSorted(), correlationId])

const encoder = new TextEncoder()
const noBytes = new Uint8Array()

/**
 * One fiber that writes the log's events to all listeners. A batch of events wakes it once, however many listeners there
 * are; each event is encoded once, and listeners with the same filter at the same position are written the same bytes.
 */
export const eventFeed = Effect.fnUntraced(function* (
  board: Board.Any,
  logTail: LogTail["Service"],
  encoding: FeedEncoding
) {
  const channels = new Map<string, Channel>()
  const wakeUps = yield* Queue.sliding<void>(1)
  const heartbeat = encoder.encode(encoding.heartbeat)
  const texts = new RecentTexts(encoding.event)
  const encode = (item: FeedItem): Uint8Array => {
    if (item._tag === "Counts") return encoder.encode(encoding.counts(item.counts))
    return item.events.length === 0 ? noBytes : encoder.encode(item.events.map(texts.textOf).join(""))
  }

  const round = Effect.map(monotonicMillis, (now) => {
    const { position } = logTail.since(Number.MAX_SAFE_INTEGER).counts
    let count = 0
    for (const { listeners } of channels.values()) count += listeners.size
    const perSecond = eventsPerSecond(count)
    let wait = heartbeatMillis
    for (const channel of channels.values()) {
      const listeners = writableListeners(channel.listeners, now)
      writeNext(channel, listeners, { encode, now, perSecond, position })
      writeHeartbeats(listeners, now, heartbeat)
      for (const listener of channel.listeners) wait = Math.min(wait, millisUntilDue(listener, now, position))
    }
    return { count, position, wait: Math.max(1, wait) }
  })

  const pump = Effect.gen(function* () {
    if (channels.size === 0) yield* Queue.take(wakeUps)
    const { count, position, wait } = yield* round
    yield* Effect.timeoutOption(Effect.raceFirst(logTail.waitPast(position), Queue.take(wakeUps)), wait)
    if (count > pacingThreshold) yield* Effect.sleep(count - pacingThreshold)
  })
  yield* supervise("the event feed", Effect.forever(pump))

  const add = (filter: EventFilter, listener: Listener) => {
    const key = filterKey(filter)
    const channel = channels.get(key) ?? { nextItem: feedItemReader(board, logTail, filter), listeners: new Set() }
    channels.set(key, channel)
    channel.listeners.add(listener)
    Queue.offerUnsafe(wakeUps, undefined)
    return () => {
      channel.listeners.delete(listener)
      if (channel.listeners.size === 0) channels.delete(key)
    }
  }

  const announce = (text: string) =>
    Effect.map(monotonicMillis, (now) => {
      const listeners = writableListeners(channels.get(filterKey({}))?.listeners ?? new Set(), now)
      if (listeners.length === 0) return
      const bytes = encoder.encode(text)
      for (const listener of listeners) {
        listener.sink.write(bytes)
        listener.lastWriteMillis = now
      }
    })

  const feed: EventFeed = {
    announce,
    listen: (filter, after, sink) =>
      Effect.flatMap(monotonicMillis, (now) =>
        Effect.acquireRelease(
          Effect.sync(() =>
            add(filter, {
              sink,
              state: initialStateAt(after, now),
              lastWriteMillis: now,
              blockedSinceMillis: undefined
            })
          ),
          (remove) => Effect.sync(remove)
        )
      )
  }
  return feed
})
