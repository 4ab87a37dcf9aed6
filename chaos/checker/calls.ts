import type { Call, RowRead } from "../history.ts"
import type { EvidenceIndex, Invariant } from "./Evidence.ts"
import { lineOfCall, lineOfRowRead } from "./excerpt.ts"

const name = "I7"

/** The maximum duration of a call, without the time that its app was frozen. */
const maxCallMillis = 15_000

/** The downtimes of the app during a call: an app that is down may drop calls, and frozen time does not count. */
const downtimesDuring = ({ downtimes }: EvidenceIndex, { app, t, until }: Call | RowRead, slack = 0) =>
  (downtimes.get(app) ?? []).filter((each) => each.t - slack < until && each.until + slack > t)

/** A call may have been on its way this long before or after the exit of the app was noticed. */
const noticeSlackMillis = 1_000

const verdict = (index: EvidenceIndex, call: Call | RowRead): string | undefined => {
  const { outcome, t, until } = call
  const frozenMillis = downtimesDuring(index, call)
    .filter(({ what }) => what === "frozen")
    .reduce((sum, each) => sum + Math.min(until, each.until) - Math.max(t, each.t), 0)
  const millis = until - t - frozenMillis
  if (millis > maxCallMillis) return `took ${millis} ms`
  if (outcome.is === "wrong") return `was answered with ${outcome.status}`
  if (outcome.is === "unavailable" && outcome.retryAfter === undefined) return "was answered 503 without Retry-After"
  if (outcome.is === "unknown" && downtimesDuring(index, call, noticeSlackMillis).length === 0) {
    return `had no answer (${outcome.reason}) from a running app`
  }
  return undefined
}

export const calls: Invariant = {
  name,
  promise: "every call ends within 15 s, with 2xx, 4xx, or 503 and Retry-After",
  check: (index) =>
    [...index.calls, ...index.rowReads].flatMap((call) => {
      const description = verdict(index, call)
      if (description === undefined) return []
      const line = call.type === "call" ? lineOfCall(index, call) : lineOfRowRead(call)
      return [{ invariant: name, description: `a call of app ${call.app} ${description}`, excerpt: [line] }]
    })
}
