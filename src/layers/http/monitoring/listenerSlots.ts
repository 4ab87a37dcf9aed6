import { Effect } from "effect"
import { addressCounts } from "#layers/http/checks/addressCounts.ts"

/** How many clients may listen at once, and how many of them from one address. */
export interface ListenerLimits {
  readonly total: number
  readonly perAddress: number
}

/**
 * Holds a slot for a listener until the scope of the request closes; succeeds with the limit that is reached, if any.
 */
export const listenerSlots = ({ perAddress, total }: ListenerLimits) => {
  const counts = addressCounts()
  let count = 0
  const acquire = (address: string): "total" | "address" | undefined => {
    if (count >= total) return "total"
    if (counts.of(address) >= perAddress) return "address"
    count++
    counts.add(address)
    return undefined
  }
  const release = (address: string) => {
    count--
    counts.remove(address)
  }
  return (address: string) =>
    Effect.acquireRelease(
      Effect.sync(() => acquire(address)),
      (limitReached) =>
        Effect.sync(() => {
          if (limitReached === undefined) release(address)
        })
    )
}
