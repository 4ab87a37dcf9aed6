import type { DateTime } from "effect"
import type { Projection } from "#domain/model/index.ts"
import { isWithin } from "../Timestamp.ts"
import type { ProductPrices } from "./ProductPrices.ts"

/** How long a customer may order at the price before the last change, which a page may still display. */
const gracePeriod = "10 minutes"

/** Whether a displayed price counts: it is the current one, or was replaced within the grace period. */
export const isValidPrice = (
  prices: Projection.State<typeof ProductPrices>,
  displayedPrice: number,
  now: DateTime.Utc
): boolean =>
  prices.some(({ price }, n) => {
    const next = prices[n + 1]
    return price === displayedPrice && (next === undefined || isWithin(gracePeriod, next.since, now))
  })
