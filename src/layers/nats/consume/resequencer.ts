import { Effect } from "effect"

/** What the server says of a delivery. */
export interface Counted {
  /** Where it stands in the log. */
  readonly position: number
  /** How many deliveries of this consumer there were up to this one, to any process, since it was last reset. */
  readonly nth: number
  /** The pin under which it came: another each time that a process becomes the active one. */
  readonly turn?: string | undefined
}

/** The most positions of the log that are read at once where deliveries have a gap. */
const pageSize = 1_000

/**
 * Hands over what a consumer delivers in the log's order, without a gap. Deliveries under one pin whose count has no gap
 * have all come here. Where there is a gap, another process had some of them, or they were lost with a connection: then
 * everything from the checkpoint up to the delivery is read from the log. What was handed over already is left out.
 */
export const inOrder = <M, F, E, R>(consumer: {
  readonly counted: (message: M) => Counted
  /** Whether the message is an event of the subscription; others come along, since one filter serves several types. */
  readonly wanted: (message: M) => boolean
  readonly decode: (message: M) => F
  /** The position up to which everything was taken, by any process. */
  readonly checkpoint: Effect.Effect<number, E, R>
  /** Events behind one position, up to another. */
  readonly between: (after: number, upTo: number) => Effect.Effect<ReadonlyArray<F>, E, R>
  readonly hand: (events: ReadonlyArray<F>) => Effect.Effect<void, E, R>
}) => {
  const { between, checkpoint, counted, decode, hand, wanted } = consumer
  let handled: number | undefined
  let last = 0
  let turnOfLast: string | undefined

  const readGap = Effect.fnUntraced(function* (upTo: number) {
    const from = Math.max(handled ?? 0, yield* checkpoint)
    for (let after = from; after < upTo; after = Math.min(upTo, after + pageSize)) {
      yield* hand(yield* between(after, Math.min(upTo, after + pageSize)))
    }
    handled = Math.max(from, upTo)
  })

  return {
    /** The position up to which everything was handed over or taken elsewhere; undefined before the first delivery. */
    handled: () => handled,
    take: Effect.fnUntraced(function* (messages: ReadonlyArray<M>) {
      let events: Array<F> = []
      for (const message of messages) {
        const { nth, position, turn } = counted(message)
        // The count starts from 1 when a consumer is reset; a reset ends the turn, so its count is never compared with this.
        if (handled === undefined || turn !== turnOfLast || nth !== last + 1) {
          yield* hand(events)
          events = []
          yield* readGap(position)
        } else if (position > handled) {
          if (wanted(message)) events.push(decode(message))
          handled = position
        }
        last = nth
        turnOfLast = turn
      }
      yield* hand(events)
    })
  }
}
