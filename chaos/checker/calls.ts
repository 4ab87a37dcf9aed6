import type { Call, Look } from "../history.ts"
import type { Case, Invariant } from "./Case.ts"
import { lineOfCall, lineOfLook } from "./excerpt.ts"

const name = "I7"

/** Milliseconds. */
const longest = 15_000

/** An app that cannot do anything may drop calls; how long it stood still counts for nobody. */
const awayDuring = ({ away }: Case, { app, t, until }: Call | Look, slack = 0) =>
  (away.get(app) ?? []).filter((each) => each.t - slack < until && each.until + slack > t)

/** A call that was on its way when the end of the app was noticed. */
const noticed = 1_000

const verdict = (about: Case, call: Call | Look): string | undefined => {
  const { outcome, t, until } = call
  const frozen = awayDuring(about, call)
    .filter(({ what }) => what === "frozen")
    .reduce((sum, each) => sum + Math.min(until, each.until) - Math.max(t, each.t), 0)
  const millis = until - t - frozen
  if (millis > longest) return `took ${millis} ms`
  if (outcome.is === "wrong") return `was answered with ${outcome.status}`
  if (outcome.is === "unavailable" && outcome.retryAfter === undefined) return "was answered 503 without Retry-After"
  if (outcome.is === "unknown" && awayDuring(about, call, noticed).length === 0) {
    return `had no answer (${outcome.reason}) from an app that ran`
  }
  return undefined
}

export const calls: Invariant = {
  name,
  promise: "every call ends within 15 s, with 2xx, 4xx, or 503 and Retry-After",
  check: (about) =>
    [...about.calls, ...about.looks].flatMap((call) => {
      const what = verdict(about, call)
      if (what === undefined) return []
      const line = call.type === "call" ? lineOfCall(about, call) : lineOfLook(call)
      return [{ invariant: name, what: `a call of app ${call.app} ${what}`, excerpt: [line] }]
    })
}
