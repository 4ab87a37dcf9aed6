import { Effect } from "effect"

/** The server's metadata of a delivery. */
export interface DeliveryInfo {
  /** Position in the log. */
  readonly position: number
  /** Number of this delivery among the consumer's deliveries to any process since its last reset. */
  readonly deliverySequence: number
  /** Pin id of the delivery: a new one each time that a process is pinned. */
  readonly pinId?: string | undefined
}

/** Maximum positions read from the log at once to fill a gap between deliveries. */
const gapPageSize = 1_000

/**
 * Passes a consumer's deliveries on in the log's order, without a gap. Deliveries under one pin whose sequences have no
 * gap have all arrived here. A gap means that another process received some of them, or that they were lost with a
 * connection: then everything from the checkpoint up to the delivery is read from the log. Events that were passed on
 * before are left out.
 */
export const makeResequencer = <M, F, E, R>(consumer: {
  readonly deliveryInfo: (message: M) => DeliveryInfo
  /**
   * Whether the message is an event of the subscription; others are delivered too, since one filter serves several
   * types.
   */
  readonly isWanted: (message: M) => boolean
  readonly decode: (message: M) => F
  /** The position up to which everything was processed, by any process. */
  readonly checkpoint: Effect.Effect<number, E, R>
  /** Events after one position, up to another. */
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
    /**
     * The position up to which everything was delivered here or processed elsewhere; undefined before the first
     * delivery.
     */
    handledPosition: () => handledPosition,
    processBatch: Effect.fnUntraced(function* (messages: ReadonlyArray<M>) {
      let events: Array<F> = []
      for (const message of messages) {
        const { deliverySequence, position, pinId } = deliveryInfo(message)
        // The sequence restarts at 1 when a consumer is reset; a reset also unpins, so the two sequences are never
        // compared.
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
