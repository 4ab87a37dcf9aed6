import { Effect } from "effect"

interface Turn {
  readonly streams: ReadonlyArray<string>
  /** In how many of its event streams another turn is before it. */
  waitsFor: number
  begin: (() => void) | undefined
}

const first = (turns: ReadonlySet<Turn>): Turn | undefined => turns.values().next().value

/**
 * Serializes the commands of this process on each event stream, first come, first served. A command on several streams
 * joins all of their queues in one step, so that no two commands can wait for each other.
 */
export const streamQueue = () => {
  const queues = new Map<string, Set<Turn>>()

  const join = (streams: ReadonlyArray<string>): Turn => {
    const turn: Turn = { streams: streams.length > 1 ? [...new Set(streams)] : streams, waitsFor: 0, begin: undefined }
    for (const stream of turn.streams) {
      const queue = queues.get(stream)
      if (queue) {
        queue.add(turn)
        turn.waitsFor++
      } else queues.set(stream, new Set([turn]))
    }
    return turn
  }

  /** A turn that leaves, at the head or while it waits, starts the next one if it was the first. */
  const leave = (turn: Turn): void => {
    for (const stream of turn.streams) {
      const queue = queues.get(stream)!
      const wasFirst = first(queue) === turn
      queue.delete(turn)
      const next = first(queue)
      if (!next) queues.delete(stream)
      else if (wasFirst && --next.waitsFor === 0) next.begin?.()
    }
  }

  const wait = <E>(turn: Turn, timeoutMillis: number, onTimeout: () => E): Effect.Effect<void, E> =>
    Effect.callback<void>((resume) => {
      turn.begin = () => resume(Effect.void)
      if (turn.waitsFor === 0) turn.begin()
    }).pipe(Effect.timeoutOrElse({ duration: timeoutMillis, orElse: () => Effect.fail(onTimeout()) }))

  return {
    /** The number of event streams with a running or waiting command. */
    size: () => queues.size,
    /**
     * Runs the effect while it holds the turn of all these event streams; other commands on them wait until it ends.
     * Fails with `onTimeout` if it has not begun after `timeoutMillis`; an interrupted command leaves the queue.
     */
    withTurn: <A, E, R, E2>(
      streams: ReadonlyArray<string>,
      effect: Effect.Effect<A, E, R>,
      timeoutMillis: number,
      onTimeout: () => E2
    ): Effect.Effect<A, E | E2, R> =>
      Effect.uninterruptibleMask((restore) => {
        const turn = join(streams)
        const run = restore(turn.waitsFor === 0 ? effect : Effect.andThen(wait(turn, timeoutMillis, onTimeout), effect))
        return Effect.ensuring(
          run,
          Effect.sync(() => leave(turn))
        )
      })
  }
}
