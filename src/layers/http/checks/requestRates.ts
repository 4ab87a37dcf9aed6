import { Effect } from "effect"
import type { HttpServerResponse } from "effect/http"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { problemResponse } from "#layers/http/response/responses.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { tokenBuckets } from "./tokenBuckets.ts"

/** Requests per minute: each limit allows so many at once, too. */
export interface RequestRates {
  /** Of each caller: of its address, and of its token's subject. */
  readonly perCaller: number
  /** Of all callers together. */
  readonly total: number
}

const tooMany = (waitMillis: number, of: "caller" | "all callers") =>
  problemResponse(problems.TooManyRequests, {
    fields: { of },
    headers: { "retry-after": String(Math.ceil(waitMillis / 1_000)) }
  })

/** Counts requests; the response is a problem if there were too many. */
export const requestRates = ({ perCaller, total }: RequestRates) => {
  const callers = tokenBuckets(perCaller)
  const all = tokenBuckets(total)
  const everyone = "all"

  return {
    /** Counts a request of an address. It is counted before anything else is done for it. */
    ofAddress: (address: string): Effect.Effect<HttpServerResponse.HttpServerResponse | undefined> =>
      Effect.map(monotonicMillis, (now) => {
        const callerWait = callers.waitMillis(address, now)
        if (callerWait > 0) return tooMany(callerWait, "caller")
        const totalWait = all.waitMillis(everyone, now)
        if (totalWait > 0) return tooMany(totalWait, "all callers")
        callers.take(address, now)
        all.take(everyone, now)
        return undefined
      }),
    /** Counts a request of an authenticated caller, who may have many addresses. */
    ofSubject: (subject: string): Effect.Effect<HttpServerResponse.HttpServerResponse | undefined> =>
      Effect.map(monotonicMillis, (now) => {
        const name = `subject ${subject}`
        const wait = callers.waitMillis(name, now)
        if (wait > 0) return tooMany(wait, "caller")
        callers.take(name, now)
        return undefined
      })
  }
}
