import type { Receipt } from "#layers/commands/Receipt.ts"

/** A measure of what was not done would measure nothing. */
export const accepted =
  (facts: number) =>
  (receipt: Receipt): Receipt => {
    if (receipt.duplicate || receipt.facts.length !== facts) {
      throw new Error(`expected ${facts} new facts, got ${JSON.stringify(receipt)}`)
    }
    return receipt
  }
