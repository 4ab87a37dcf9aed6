import { Effect } from "effect"

/** What the server says of a delivery. */
export interface Counted {
  /** Where it stands in the log. */
  readonly position: number
  /** How many deliveries of this consumer there were up to this one, to any process, since it was last reset. */
  readonly nth: number
  /** The turn in which it came: another each time that a process becomes the active one. */
  readonly turn?: string | undefined
}

/** How far a consumer is, in positions of the log: everything acknowledged, and the newest ever delivered. */
export interface Progress {
  readonly acknowledged: number
  readonly delivered: number
}

/**
 * Puts what was delivered in order, once. Deliveries without a gap in their count have all come here. Otherwise some went
 * to a process that may not have finished them: all that was ever delivered and not acknowledged is read from the log, and
 * what comes of it later is known already.
 */
export const inOrder = <M, F, E, R>(consumer: {
  readonly counted: (message: M) => Counted
  /** Whether the message is a fact that is taken; others come along, since one filter serves several types. */
  readonly wanted: (message: M) => boolean
  readonly decode: (message: M) => F
  readonly progress: Effect.Effect<Progress, E, R>
  /** Facts behind one position, up to another. */
  readonly between: (after: number, upTo: number) => Effect.Effect<ReadonlyArray<F>, E, R>
}) => {
  let handled: number | undefined
  let last = 0
  let turnOfLast: string | undefined
  return Effect.fnUntraced(function* (messages: ReadonlyArray<M>) {
    const facts: Array<F> = []
    for (const message of messages) {
      const { nth, position, turn } = consumer.counted(message)
      // Counting begins anew when a consumer is reset, so what comes next by number may come after another's turn.
      const gapless = handled !== undefined && turn === turnOfLast && nth === last + 1
      const known = handled !== undefined && position <= handled
      if (!gapless) {
        const { acknowledged, delivered } = yield* consumer.progress
        const from = Math.max(handled ?? 0, acknowledged)
        handled = Math.max(from, position, delivered)
        facts.push(...(yield* consumer.between(from, handled)))
      } else if (!known) {
        if (consumer.wanted(message)) facts.push(consumer.decode(message))
        handled = position
      }
      last = nth
      turnOfLast = turn
    }
    return facts
  })
}
