import { DateTime, Schema } from "effect"
import { Night } from "./values.ts"

const isNight = Schema.is(Night)

/**
 * This many nights from the first one on. Those after the last one that `Night` accepts are left out, so the list may be
 * shorter; it always has the first night.
 */
export const nightsFrom = (firstNight: Night, nights: number): ReadonlyArray<Night> => {
  const first = DateTime.makeUnsafe(`${firstNight}T00:00:00Z`)
  return Array.from({ length: nights }, (_, n) => DateTime.formatIsoDateUtc(DateTime.add(first, { days: n }))).filter(
    isNight
  )
}
