import { Duration } from "effect"

/** Message ids that a stream has stored within its duplicate window, as the server knows them: an older id is unknown. */
export const recentIds = (window: Duration.Duration) => {
  const millis = Duration.toMillis(window)
  /** In the order in which they were stored. */
  const known = new Map<string, { readonly position: number; readonly at: number }>()

  const forgetOld = (now: number) => {
    for (const [id, { at }] of known) {
      if (now - at < millis) return
      known.delete(id)
    }
  }

  return {
    /** The position of the message with this id, if it is known. */
    find(id: string, now: number): number | undefined {
      forgetOld(now)
      return known.get(id)?.position
    },
    add(id: string, position: number, now: number): void {
      known.set(id, { position, at: now })
    }
  }
}
