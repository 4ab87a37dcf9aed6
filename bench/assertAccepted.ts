import type { Receipt } from "#layers/commands/Receipt.ts"

/** Fails if a command did not append the expected number of events: the measure would be meaningless. */
export const assertAccepted =
  (eventCount: number) =>
  (receipt: Receipt): Receipt => {
    if (receipt.duplicate || receipt.facts.length !== eventCount) {
      throw new Error(`expected ${eventCount} new events, got ${JSON.stringify(receipt)}`)
    }
    return receipt
  }
