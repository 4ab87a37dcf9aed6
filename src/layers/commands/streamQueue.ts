import { Effect } from "effect"
import { TransientMap } from "#layers/collections/TransientMap.ts"

/** An event stream that a command uses. */
export interface QueuedStream {
  readonly text: string
  /** `guards`: it may change the event stream, alone. `checks`: at the same time as others that only check it. */
  readonly use: "guards" | "checks" | "trusts"
}

interface Turn {
  readonly streams: ReadonlyArray<QueuedStream>
  /** The event streams in whose queues it has to wait for another turn. */
  readonly waitsFor: Set<string>
  begin: (() => void) | undefined
  hasLeft: boolean
}

/** The turns on one event stream, in the order in which they came, and whether each may change it. */
type Queue = Map<Turn, boolean>

/** The turns that may run: the first, or all that come before the first one that may change the event stream. */
const runnable = function* (queue: Queue) {
  let isFirst = true
  for (const [turn, mayChange] of queue) {
    if (mayChange && !isFirst) return
    yield turn
    if (mayChange) return
    isFirst = false
  }
}

/**
 * Serializes the commands of this process on each event stream, first come, first served. A command on several event streams
 * joins all of their queues in one step, so that no two commands can wait for each other. Commands that only check an event
 * stream do so at the same time.
 */
export const streamQueue = () => {
  const queues = new TransientMap<string, Queue>()

  const join = (streams: ReadonlyArray<QueuedStream>): Turn => {
    const turn: Turn = { streams, waitsFor: new Set(), begin: undefined, hasLeft: false }
    for (const { text, use } of streams) {
      const queue = queues.get(text)
      const mayChange = use === "guards"
      if (!queue) {
        queues.add(text, new Map([[turn, mayChange]]))
        continue
      }
      const mustWait = mayChange || [...queue.values()].includes(true)
      queue.set(turn, mayChange)
      if (mustWait) turn.waitsFor.add(text)
    }
    return turn
  }

  /** A turn that leaves, while it runs or waits, starts those that waited only for it. */
  const leave = (turn: Turn): void => {
    if (turn.hasLeft) return
    turn.hasLeft = true
    // As a key it may be kept for longer (see `TransientMap`), which its fiber must not be.
    turn.begin = undefined
    for (const { text } of turn.streams) {
      const queue = queues.get(text)!
      queue.delete(turn)
      if (queue.size === 0) queues.delete(text)
      for (const next of runnable(queue)) if (next.waitsFor.delete(text) && next.waitsFor.size === 0) next.begin?.()
    }
  }

  const wait = <E>(turn: Turn, timeoutMillis: number, onTimeout: () => E): Effect.Effect<void, E> =>
    Effect.callback<void>((resume) => {
      turn.begin = () => resume(Effect.void)
      if (turn.waitsFor.size === 0) turn.begin()
    }).pipe(Effect.timeoutOrElse({ duration: timeoutMillis, orElse: () => Effect.fail(onTimeout()) }))

  return {
    /** The number of event streams with a running or waiting command. */
    size: () => queues.size,
    /**
     * Runs an effect while it holds the turn of all these event streams, each named once; other commands on them wait until
     * it ends, or until it leaves the queue before. Fails with `onTimeout` if it has not begun after `timeoutMillis`; an
     * interrupted command leaves the queue.
     */
    withTurn: <A, E, R, E2>(
      streams: ReadonlyArray<QueuedStream>,
      effectOf: (leaveQueue: () => void) => Effect.Effect<A, E, R>,
      timeoutMillis: number,
      onTimeout: () => E2
    ): Effect.Effect<A, E | E2, R> =>
      Effect.uninterruptibleMask((restore) => {
        const turn = join(streams)
        const effect = Effect.suspend(() => effectOf(() => leave(turn)))
        const run = restore(
          turn.waitsFor.size === 0 ? effect : Effect.andThen(wait(turn, timeoutMillis, onTimeout), effect)
        )
        return Effect.ensuring(
          run,
          Effect.sync(() => leave(turn))
        )
      })
  }
}
