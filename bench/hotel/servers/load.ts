import autocannon from "autocannon"
import { bookingOf } from "../nights.ts"

/** Bookings to send: from the n-th room-night on, for a time or a number of requests. */
export interface LoadRequest {
  readonly url: string
  readonly connections: number
  readonly from: number
  readonly seconds?: number
  readonly amount?: number
}

export interface LoadResult {
  readonly perSecond: number
  readonly failed: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

const send = async ({ url, connections, from, seconds, amount }: LoadRequest): Promise<LoadResult> => {
  let n = from
  const result = await autocannon({
    url,
    connections,
    ...(amount === undefined ? { duration: seconds ?? 1 } : { amount }),
    timeout: 30,
    requests: [
      {
        method: "PUT",
        path: "/mutation/book-room",
        headers: { "content-type": "application/json" },
        setupRequest: (request) => ({ ...request, body: JSON.stringify({ data: bookingOf(n++) }) })
      }
    ]
  })
  return {
    perSecond: result["2xx"] / result.duration,
    failed: result.non2xx + result.errors + result.timeouts,
    p50: result.latency.p50,
    p99: result.latency.p99
  }
}

process.on("message", (request: LoadRequest) => void send(request).then((result) => process.send!(result)))
process.on("disconnect", () => process.exit())
