import { budgetAt, type Happening, isDue, type live, pauseMillis, type State } from "./feedItems.ts"

/** Where the bytes for one listener go. */
export interface Sink {
  /** Sends bytes that listeners share: they must not be changed. */
  readonly write: (bytes: Uint8Array) => void
  /** Whether everything that was written has left this process. */
  readonly isDrained: () => boolean
  /** Ends the connection at once. */
  readonly cut: () => void
}

export interface Listener {
  readonly sink: Sink
  state: State
  /** When something was written last, in milliseconds. */
  told: number
  /** Since when the sink is not drained, in milliseconds. */
  fullSince: number | undefined
}

/** Those who want the same. */
export interface Channel {
  readonly look: ReturnType<typeof live>
  readonly listeners: Set<Listener>
}

/** A silence of so many milliseconds at the most: whatever is between keeps the connection open. */
export const heartbeatMillis = 10_000

/** Listeners whose heartbeat is due within so many milliseconds get it together: nobody is woken for each. */
const togetherMillis = 1_000

/** A listener whose connection takes nothing for so many milliseconds is dropped. */
export const drainMillis = 10_000

/** Those among them whose connection takes more; who has taken nothing for too long is dropped. */
export const ready = (listeners: Set<Listener>, now: number): ReadonlyArray<Listener> => {
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
export const tell = (
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
export const keepOpen = (listeners: ReadonlyArray<Listener>, now: number, heartbeat: Uint8Array): void => {
  if (!listeners.some(({ told }) => now - told >= heartbeatMillis)) return
  for (const listener of listeners) {
    if (now - listener.told < heartbeatMillis - togetherMillis) continue
    listener.sink.write(heartbeat)
    listener.told = now
  }
}

/** Milliseconds after which a listener must be looked at again, though nothing happens. */
export const leisure = ({ fullSince, state, told }: Listener, now: number, position: number): number => {
  if (fullSince !== undefined) return Math.min(pauseMillis, fullSince + drainMillis - now)
  const heartbeat = told + heartbeatMillis - now
  return state.position < position ? Math.min(heartbeat, state.time + pauseMillis - now) : heartbeat
}
