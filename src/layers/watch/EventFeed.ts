import type { Board } from "#domain/grammar/index.ts"
import { Clock, Effect, Queue, type Scope } from "effect"
import type { Counts } from "../blueprint/seen.ts"
import type { Logged } from "../LogReader.ts"
import {
  beginAt,
  budgetAt,
  factsPerSecond,
  type Happening,
  isDue,
  live,
  pauseMillis,
  type State,
  type Wanted
} from "./live.ts"
import { supervise } from "../runtime/supervise.ts"
import { RecentTexts } from "./RecentTexts.ts"
import type { Watch } from "./Watch.ts"

/** Where the bytes for one listener go. */
export interface Sink {
  /** Sends bytes that listeners share: they must not be changed. */
  readonly write: (bytes: Uint8Array) => void
  /** Whether everything that was written has left this process. */
  readonly isDrained: () => boolean
  /** Ends the connection at once. */
  readonly cut: () => void
}

/** How what happens is written. */
export interface Encoding {
  readonly fact: (logged: Logged) => string
  readonly counts: (counts: Counts) => string
  /** Keeps a connection open on which nothing happens. */
  readonly heartbeat: string
}

interface Listener {
  readonly sink: Sink
  state: State
  /** When something was written last, in milliseconds. */
  told: number
  /** Since when the sink is not drained, in milliseconds. */
  fullSince: number | undefined
}

/** Those who want the same. */
interface Channel {
  readonly look: ReturnType<typeof live>
  readonly listeners: Set<Listener>
}

export interface EventFeed {
  /** Tells a listener what happens behind a position, until the scope closes or the listener is dropped. */
  readonly listen: (wanted: Wanted, after: number, sink: Sink) => Effect.Effect<void, never, Scope.Scope>
}

/** A silence of so many milliseconds at the most: whatever is between keeps the connection open. */
const heartbeatMillis = 10_000

/** Listeners whose heartbeat is due within so many milliseconds get it together: nobody is woken for each. */
const togetherMillis = 1_000

/** A listener whose connection takes nothing for so many milliseconds is dropped. */
export const drainMillis = 10_000

/** Beyond so many listeners there is a millisecond for each between two rounds: each write carries more events then. */
const fewListeners = 10

const encoder = new TextEncoder()
const nothing = new Uint8Array()

/** Milliseconds of a clock that only goes forward. */
const monotonicMillis = Effect.map(Clock.currentTimeNanos, (nanos) => Number(nanos / 1_000_000n))

/** Those among them whose connection takes more; who has taken nothing for too long is dropped. */
const ready = (listeners: Set<Listener>, now: number): ReadonlyArray<Listener> => {
  const drained: Array<Listener> = []
  for (const listener of listeners) {
    if (listener.sink.isDrained()) {
      listener.fullSince = undefined
      drained.push(listener)
    } else if (now - (listener.fullSince ??= now) >= drainMillis) {
      listeners.delete(listener)
      listener.sink.cut()
    }
  }
  return drained
}

interface Step {
  readonly chunk: Uint8Array
  readonly next: State
}

const stepFrom = (
  [happening, next]: readonly [Happening, State],
  encode: (happening: Happening) => Uint8Array
): Step => ({
  chunk: encode(happening),
  next
})

interface Round {
  /** In milliseconds. */
  readonly now: number
  /** How far the log is. */
  readonly position: number
  /** Facts that each listener may be told in a second. */
  readonly perSecond: number
  readonly encode: (happening: Happening) => Uint8Array
}

/** Tells listeners of one channel what happened up to a position: what they are told is found and encoded once. */
const tell = (
  { look }: Channel,
  listeners: ReadonlyArray<Listener>,
  { encode, now, perSecond, position }: Round
): void => {
  const steps = new Map<State, Step>()
  const byPoint = new Map<string, Step>()
  const stepOf = (state: State): Step => {
    const known = steps.get(state)
    if (known) return known
    const point = `${state.position} ${Math.floor(budgetAt(state, now, perSecond))}`
    const step = byPoint.get(point) ?? stepFrom(look(state, now, perSecond), encode)
    byPoint.set(point, step)
    steps.set(state, step)
    return step
  }
  for (const listener of listeners) {
    if (listener.state.position >= position || !isDue(listener.state, now)) continue
    const { chunk, next } = stepOf(listener.state)
    listener.state = next
    if (chunk.length === 0) continue
    listener.sink.write(chunk)
    listener.told = now
  }
}

/** Writes the heartbeat to all whose silence has lasted, or nearly; none if nobody's has. */
const keepOpen = (listeners: ReadonlyArray<Listener>, now: number, heartbeat: Uint8Array): void => {
  if (!listeners.some(({ told }) => now - told >= heartbeatMillis)) return
  for (const listener of listeners) {
    if (now - listener.told < heartbeatMillis - togetherMillis) continue
    listener.sink.write(heartbeat)
    listener.told = now
  }
}

/** Milliseconds after which a listener must be looked at again, though nothing happens. */
const leisure = ({ fullSince, state, told }: Listener, now: number, position: number): number => {
  if (fullSince !== undefined) return Math.min(pauseMillis, fullSince + drainMillis - now)
  const heartbeat = told + heartbeatMillis - now
  return state.position < position ? Math.min(heartbeat, state.time + pauseMillis - now) : heartbeat
}

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
    const key = JSON.stringify([wanted.lanes?.toSorted(), wanted.types?.toSorted(), wanted.correlationId])
    const channel = channels.get(key) ?? { look: live(board, watch, wanted), listeners: new Set() }
    channels.set(key, channel)
    channel.listeners.add(listener)
    Queue.offerUnsafe(joined, undefined)
    return () => {
      channel.listeners.delete(listener)
      if (channel.listeners.size === 0) channels.delete(key)
    }
  }

  const feed: EventFeed = {
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
