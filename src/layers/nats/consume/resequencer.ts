import { Effect } from "effect"

/** What the server says of a delivery. */
export interface DeliveryInfo {
  /** Where it stands in the log. */
  readonly position: number
  /** How many deliveries of this consumer there were up to this one, to any process, since it was last reset. */
  readonly deliverySequence: number
  /** The pin under which it came: another each time that a process becomes the active one. */
  readonly pinId?: string | undefined
}

/** The most positions of the log that are read at once where deliveries have a gap. */
const gapPageSize = 1_000

/**
 * Hands over what a consumer delivers in the log's order, without a gap. Deliveries under one pin whose count has no gap
 * have all come here. Where there is a gap, another process had some of them, or they were lost with a connection: then
 * everything from the checkpoint up to the delivery is read from the log. What was handed over already is left out.
 */
export const makeResequencer = <M, F, E, R>(consumer: {
  readonly deliveryInfo: (message: M) => DeliveryInfo
  /** Whether the message is an event of the subscription; others come along, since one filter serves several types. */
  readonly isWanted: (message: M) => boolean
  readonly decode: (message: M) => F
  /** The position up to which everything was taken, by any process. */
  readonly checkpoint: Effect.Effect<number, E, R>
  /** Events behind one position, up to another. */
  readonly readRange: (after: number, upTo: number) => Effect.Effect<ReadonlyArray<F>, E, R>
  readonly deliver: (events: ReadonlyArray<F>) => Effect.Effect<void, E, R>
}) => {
  const { readRange, checkpoint, deliveryInfo, decode, deliver, isWanted } = consumer
  let handledPosition: number | undefined
  let lastSequence = 0
  let lastPinId: string | undefined

  const readGap = Effect.fnUntraced(function* (upTo: number) {
    const from = Math.max(handledPosition ?? 0, yield* checkpoint)
    for (let after = from; after < upTo; after = Math.min(upTo, after + gapPageSize)) {
      yield* deliver(yield* readRange(after, Math.min(upTo, after + gapPageSize)))
    }
    handledPosition = Math.max(from, upTo)
  })

  return {
    /** The position up to which everything was handed over or taken elsewhere; undefined before the first delivery. */
    handledPosition: () => handledPosition,
    processBatch: Effect.fnUntraced(function* (messages: ReadonlyArray<M>) {
      let events: Array<F> = []
      for (const message of messages) {
        const { deliverySequence, position, pinId } = deliveryInfo(message)
        // The count starts from 1 when a consumer is reset; a reset ends the turn, so its count is never compared with this.
        if (handledPosition === undefined || pinId !== lastPinId || deliverySequence !== lastSequence + 1) {
          yield* deliver(events)
          events = []
          yield* readGap(position)
        } else if (position > handledPosition) {
          if (isWanted(message)) events.push(decode(message))
          handledPosition = position
        }
        lastSequence = deliverySequence
        lastPinId = pinId
      }
      yield* deliver(events)
    })
  }
}
