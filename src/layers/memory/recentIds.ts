import { Duration } from "effect"

/** The message ids that a JetStream stream has stored within its duplicate window; as on the server, older ids are unknown. */
export const recentIds = (window: Duration.Duration) => {
  const windowMillis = Duration.toMillis(window)
  /** In the order in which they were stored. */
  const entries = new Map<string, { readonly position: number; readonly at: number }>()

  const forgetOld = (now: number) => {
    for (const [id, { at }] of entries) {
      if (now - at < windowMillis) return
      entries.delete(id)
    }
  }

  return {
    /** The position of the message with this id; `undefined` if it is unknown. */
    find(id: string, now: number): number | undefined {
      forgetOld(now)
      return entries.get(id)?.position
    },
    add(id: string, position: number, now: number): void {
      entries.set(id, { position, at: now })
    }
  }
}
