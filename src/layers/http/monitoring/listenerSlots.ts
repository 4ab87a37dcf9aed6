import { Effect } from "effect"

/** How many clients may listen at once, and how many of them from one address. */
export interface ListenerLimits {
  readonly total: number
  readonly perAddress: number
}

/**
 * Holds a slot for a listener until the scope of the request closes; succeeds with the limit that is reached, if any.
 */
export const listenerSlots = ({ perAddress, total }: ListenerLimits) => {
  const countByAddress = new Map<string, number>()
  let count = 0
  const acquire = (address: string): "total" | "address" | undefined => {
    const ofAddress = countByAddress.get(address) ?? 0
    if (count >= total) return "total"
    if (ofAddress >= perAddress) return "address"
    count++
    countByAddress.set(address, ofAddress + 1)
    return undefined
  }
  const release = (address: string) => {
    count--
    const remaining = countByAddress.get(address)! - 1
    if (remaining > 0) countByAddress.set(address, remaining)
    else countByAddress.delete(address)
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
