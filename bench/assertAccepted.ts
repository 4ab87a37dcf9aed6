import type { Receipt } from "#layers/commands/Receipt.ts"

/** A measure of what was not done would measure nothing. */
export const assertAccepted =
  (eventCount: number) =>
  (receipt: Receipt): Receipt => {
    if (receipt.duplicate || receipt.facts.length !== eventCount) {
      throw new Error(`expected ${eventCount} new facts, got ${JSON.stringify(receipt)}`)
    }
    return receipt
  }
