import { isIPv6 } from "node:net"
import { Effect } from "effect"
import { LRUCache } from "lru-cache"
import { TooManyRejections } from "#layers/services/RejectionLimit.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"

/** Of one caller, and of one event stream; that many at once, and as many again in a minute. */
export const defaultRejectionsPerMinute = 600

/** Callers and event streams whose refusals are counted; one that is evicted starts from zero. */
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
    /** Milliseconds until one more may be taken; 0: now. */
    waitMillis: (name: string, now: number): number => {
      const missing = 1 - tokensAt(name, now)
      return missing <= 0 ? 0 : Math.ceil((missing * 60_000) / perMinute)
    },
    take: (name: string, now: number): void => {
      buckets.set(name, { tokens: tokensAt(name, now) - 1, updatedAtMillis: now })
    }
  }
}

/** Who asks, by address: of IPv6 the network, since each client has a whole one. */
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

/** Limits what each caller and each event stream may write to the audit. A command that is accepted counts for nobody. */
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
