import { LRUCache } from "lru-cache"

/** How many names are tracked; an evicted one starts with a full bucket. */
const maxBuckets = 10_000

interface TokenBucket {
  readonly tokens: number
  readonly updatedAtMillis: number
}

/** A token bucket for each name: `perMinute` at once, refilled evenly. */
export const tokenBuckets = (perMinute: number) => {
  const buckets = new LRUCache<string, TokenBucket>({ max: maxBuckets })
  const tokensAt = (name: string, now: number): number => {
    const { updatedAtMillis, tokens } = buckets.get(name) ?? { updatedAtMillis: now, tokens: perMinute }
    return Math.min(perMinute, tokens + (Math.max(0, now - updatedAtMillis) * perMinute) / 60_000)
  }
  return {
    /** Milliseconds until a token is available; 0 if one is. */
    waitMillis: (name: string, now: number): number => {
      const missing = 1 - tokensAt(name, now)
      return missing <= 0 ? 0 : Math.ceil((missing * 60_000) / perMinute)
    },
    take: (name: string, now: number): void => {
      buckets.set(name, { tokens: tokensAt(name, now) - 1, updatedAtMillis: now })
    }
  }
}
