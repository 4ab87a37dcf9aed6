import { Effect, Queue, type Scope } from "effect"
import type { Board } from "#domain/model/index.ts"
import type { Counts } from "#layers/contract/eventSchema.ts"
import type { Watch } from "#layers/monitoring/tail/LogTail.ts"
import { supervise } from "#layers/processors/supervise.ts"
import type { Logged } from "#layers/services/LogReader.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { RecentTexts } from "./EncodedItems.ts"
import { beginAt, factsPerSecond, type Happening, live, type Wanted } from "./feedItems.ts"
import { type Channel, heartbeatMillis, keepOpen, leisure, type Listener, ready, type Sink, tell } from "./listeners.ts"

export type { Sink } from "./listeners.ts"

/** How what happens is written. */
export interface Encoding {
  readonly fact: (logged: Logged) => string
  readonly counts: (counts: Counts) => string
  /** Keeps a connection open on which nothing happens. */
  readonly heartbeat: string
}

export interface EventFeed {
  /** Tells all listeners that want everything something which stands at no position of the log. */
  readonly announce: (text: string) => Effect.Effect<void>
  /** Tells a listener what happens behind a position, until the scope closes or the listener is dropped. */
  readonly listen: (wanted: Wanted, after: number, sink: Sink) => Effect.Effect<void, never, Scope.Scope>
}

/** Beyond so many listeners there is a millisecond for each between two rounds: each write carries more events then. */
const fewListeners = 10

/** The same for all who want the same. */
const keyOf = ({ correlationId, lanes, types }: Wanted) =>
  JSON.stringify([lanes?.toSorted(), types?.toSorted(), correlationId])

const encoder = new TextEncoder()
const nothing = new Uint8Array()

/**
 * One fiber that tells all who listen to the log. A batch of events wakes it once, however many listen; each event is
 * encoded once, and listeners that want the same and are equally far are written the same bytes.
 */
export const eventFeed = Effect.fnUntraced(function* (board: Board.Any, watch: Watch["Service"], encoding: Encoding) {
  const channels = new Map<string, Channel>()
  const joined = yield* Queue.sliding<void>(1)
  const heartbeat = encoder.encode(encoding.heartbeat)
  const texts = new RecentTexts(encoding.fact)
  const encode = (happening: Happening): Uint8Array => {
    if (happening._tag === "Counts") return encoder.encode(encoding.counts(happening.counts))
    return happening.facts.length === 0 ? nothing : encoder.encode(happening.facts.map(texts.of).join(""))
  }

  const round = Effect.map(monotonicMillis, (now) => {
    const { position } = watch.behind(Number.MAX_SAFE_INTEGER).standing
    let count = 0
    for (const { listeners } of channels.values()) count += listeners.size
    const perSecond = factsPerSecond(count)
    let wait = heartbeatMillis
    for (const channel of channels.values()) {
      const listeners = ready(channel.listeners, now)
      tell(channel, listeners, { encode, now, perSecond, position })
      keepOpen(listeners, now, heartbeat)
      for (const listener of channel.listeners) wait = Math.min(wait, leisure(listener, now, position))
    }
    return { count, position, wait: Math.max(1, wait) }
  })

  const pump = Effect.gen(function* () {
    if (channels.size === 0) yield* Queue.take(joined)
    const { count, position, wait } = yield* round
    yield* Effect.timeoutOption(Effect.raceFirst(watch.beyond(position), Queue.take(joined)), wait)
    if (count > fewListeners) yield* Effect.sleep(count - fewListeners)
  })
  yield* supervise("what tells listeners of events", Effect.forever(pump))

  const add = (wanted: Wanted, listener: Listener) => {
    const key = keyOf(wanted)
    const channel = channels.get(key) ?? { look: live(board, watch, wanted), listeners: new Set() }
    channels.set(key, channel)
    channel.listeners.add(listener)
    Queue.offerUnsafe(joined, undefined)
    return () => {
      channel.listeners.delete(listener)
      if (channel.listeners.size === 0) channels.delete(key)
    }
  }

  const announce = (text: string) =>
    Effect.map(monotonicMillis, (now) => {
      const listeners = ready(channels.get(keyOf({}))?.listeners ?? new Set(), now)
      if (listeners.length === 0) return
      const bytes = encoder.encode(text)
      for (const listener of listeners) {
        listener.sink.write(bytes)
        listener.told = now
      }
    })

  const feed: EventFeed = {
    announce,
    listen: (wanted, after, sink) =>
      Effect.flatMap(monotonicMillis, (now) =>
        Effect.acquireRelease(
          Effect.sync(() => add(wanted, { sink, state: beginAt(after, now), told: now, fullSince: undefined })),
          (remove) => Effect.sync(remove)
        )
      )
  }
  return feed
})
