import { isIPv6 } from "node:net"
import { Effect } from "effect"
import { LRUCache } from "lru-cache"
import { TooManyRejections } from "#layers/services/RejectionLimit.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"

/** The limit for each client and each event stream: so many at once, and so many more per minute. */
export const defaultRejectionsPerMinute = 600

/** How many clients and event streams are tracked; an evicted one starts with a full bucket. */
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

/** Identifies a client by its address; for IPv6 by its /64 network, since each client has a whole one. */
export const callerOf = (address: string): string => {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/iu.exec(address)?.[1]
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address
  const [before = "", after] = address.split("%")[0]!.split("::")
  const groups = (text: string | undefined) => (text ? text.split(":") : [])
  const head = groups(before)
  const all =
    after === undefined ? head : [...head, ...Array(8 - head.length - groups(after).length).fill("0"), ...groups(after)]
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`
}

/** Limits the audit entries of each client and each event stream: rejections, and commands with nothing to do. */
export const rejectionLimits = (perMinute: number) => {
  const callers = tokenBuckets(perMinute)
  const streams = tokenBuckets(perMinute)
  return (address: string) => {
    const caller = callerOf(address)
    return (stream: string): Effect.Effect<void, TooManyRejections> =>
      Effect.flatMap(monotonicMillis, (now) => {
        const callerWaitMillis = callers.waitMillis(caller, now)
        const streamWaitMillis = streams.waitMillis(stream, now)
        const waitMillis = Math.max(callerWaitMillis, streamWaitMillis)
        if (waitMillis > 0) {
          const of = callerWaitMillis >= streamWaitMillis ? "caller" : "event stream"
          return Effect.fail(new TooManyRejections({ scope: of, retryAfterSeconds: Math.ceil(waitMillis / 1_000) }))
        }
        callers.take(caller, now)
        streams.take(stream, now)
        return Effect.void
      })
  }
}
