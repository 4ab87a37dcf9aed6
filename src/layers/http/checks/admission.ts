import { getHeapStatistics } from "node:v8"
import { Effect, Option } from "effect"
import { HttpServerRequest, type HttpServerResponse } from "effect/http"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { problemResponse } from "#layers/http/response/responses.ts"
import { callerOf } from "./callerOf.ts"
import type { requestRates } from "./requestRates.ts"

/** The share of the memory that may be used; the rest is for requests that run. */
const maxMemoryShare = 0.9

/** Milliseconds for which a measurement of the memory counts. */
const measurementMillis = 250

/** The used share of the process's memory: of V8's heap, or of what the container allows. */
export const usedMemoryShare = (): number => {
  const { heap_size_limit: limit, used_heap_size: used } = getHeapStatistics()
  const allowed = process.constrainedMemory()
  // Without a container the operating system reports 0, or more than any machine has.
  const isContained = allowed > 0 && allowed < Number.MAX_SAFE_INTEGER
  return Math.max(used / limit, isContained ? process.memoryUsage.rss() / allowed : 0)
}

/** Whether so much memory is used that further requests are rejected: then those that run can be finished. */
const overloadDetector = (memoryShare: () => number) => {
  let measuredAtMillis = -Infinity
  let isOverloaded = false
  return () => {
    const now = performance.now()
    if (now - measuredAtMillis > measurementMillis) {
      measuredAtMillis = now
      isOverloaded = memoryShare() > maxMemoryShare
    }
    return isOverloaded
  }
}

/** Probes are answered always: a process that is busy must not be taken for a dead one. */
export const isProbe = (url: string) => url.startsWith("/health/")

/** Rejects requests, before anything is done for them, of callers who send too many, and while memory is short. */
export const admission = (rates: ReturnType<typeof requestRates> | undefined, memoryShare = usedMemoryShare) => {
  const isOverloaded = overloadDetector(memoryShare)
  return <E, R>(
    app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
  ): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | HttpServerRequest.HttpServerRequest> =>
    Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
      if (isProbe(request.url)) return app
      if (isOverloaded()) return Effect.succeed(problemResponse(problems.Overloaded))
      if (!rates) return app
      const address = callerOf(Option.getOrElse(request.remoteAddress, () => ""))
      return Effect.flatMap(rates.ofAddress(address), (rejection) => (rejection ? Effect.succeed(rejection) : app))
    })
}
