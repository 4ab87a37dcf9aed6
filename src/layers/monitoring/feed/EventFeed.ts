import { Effect, Queue, type Scope } from "effect"
import type { Board } from "#domain/model/index.ts"
import type { LogTail } from "#layers/monitoring/tail/LogTail.ts"
import { supervise } from "#layers/processors/supervise.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { Channels } from "./Channels.ts"
import { type FeedEncoding, itemEncoder } from "./EncodedItems.ts"
import { initialStateAt, eventsPerSecond, feedItemReader, type EventFilter } from "./feedItems.ts"
import {
  heartbeatMillis,
  writeHeartbeats,
  millisUntilDue,
  writableListeners,
  type Sink,
  writeAll,
  writeNext
} from "./listeners.ts"

export type { Sink } from "./listeners.ts"

export interface EventFeed {
  /** Writes a text that belongs to no position of the log to all listeners without a filter. */
  readonly announce: (text: string) => Effect.Effect<void>
  /** Writes events after a position to a sink, until the scope closes or the listener is dropped. */
  readonly listen: (filter: EventFilter, after: number, sink: Sink) => Effect.Effect<void, never, Scope.Scope>
}

/** For each listener beyond this number, rounds are a millisecond further apart: each write then carries more events. */
const pacingThreshold = 10

const encoder = new TextEncoder()

/**
 * One fiber that writes the log's events to all listeners. A batch of events wakes it once, however many listeners there
 * are; each event is encoded once, and listeners with the same filter at the same position are written the same bytes.
 */
export const eventFeed = Effect.fnUntraced(function* (
  board: Board.Any,
  logTail: LogTail["Service"],
  encoding: FeedEncoding
) {
  const channels = new Channels((filter) => feedItemReader(board, logTail, filter))
  const wakeUps = yield* Queue.sliding<void>(1)
  const heartbeat = encoder.encode(encoding.heartbeat)
  const encode = itemEncoder(encoding)

  const round = Effect.map(monotonicMillis, (now) => {
    const { position } = logTail.since(Number.MAX_SAFE_INTEGER).counts
    const count = channels.countListeners()
    const perSecond = eventsPerSecond(count)
    let wait = heartbeatMillis
    for (const channel of channels.all()) {
      const listeners = writableListeners(channel.listeners, now)
      writeNext(channel, listeners, { encode, now, perSecond, position })
      writeHeartbeats(listeners, now, heartbeat)
      for (const listener of channel.listeners) wait = Math.min(wait, millisUntilDue(listener, now, position))
    }
    return { count, position, wait: Math.max(1, wait) }
  })

  const pump = Effect.gen(function* () {
    if (channels.isEmpty) yield* Queue.take(wakeUps)
    const { count, position, wait } = yield* round
    yield* Effect.timeoutOption(Effect.raceFirst(logTail.waitPast(position), Queue.take(wakeUps)), wait)
    if (count > pacingThreshold) yield* Effect.sleep(count - pacingThreshold)
  })
  yield* supervise("the event feed", Effect.forever(pump))

  const announce = (text: string) =>
    Effect.map(monotonicMillis, (now) => {
      const listeners = writableListeners(channels.unfilteredListeners(), now)
      if (listeners.length > 0) writeAll(listeners, now, encoder.encode(text))
    })

  const addListener = (filter: EventFilter, after: number, sink: Sink) =>
    Effect.map(monotonicMillis, (now) => {
      const state = initialStateAt(after, now)
      const remove = channels.add(filter, { sink, state, lastWriteMillis: now, blockedSinceMillis: undefined })
      Queue.offerUnsafe(wakeUps, undefined)
      return remove
    })

  const feed: EventFeed = {
    announce,
    listen: (filter, after, sink) =>
      Effect.asVoid(Effect.acquireRelease(addListener(filter, after, sink), (remove) => Effect.sync(remove)))
  }
  return feed
})
