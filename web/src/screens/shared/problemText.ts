import type { Problem } from "../../api/http.ts"
import { plural } from "../../ui/format.ts"

/** What went wrong, and what to do now, for somebody who does not know the API. */
export interface ProblemText {
  readonly title: string
  readonly detail: string
}

const support = "report it to the hotel's support"

/** When to try again, as the server asks. */
const retryHint = ({ retryAfter = 0 }: Problem): string => {
  if (retryAfter <= 2) return "Try again in a moment."
  return retryAfter < 100
    ? `Try again in ${plural(retryAfter, "second")}.`
    : `Try again in ${plural(Math.ceil(retryAfter / 60), "minute")}.`
}

/** Conflicts that are no rejections of the board's. */
const nonRejectionCodes = new Set(["409", "StillStuck", "WaitsBehind", "PositionReadable"])

/** The board's rule said no: the rejection is declared with words for whoever asked. */
export const isRejection = ({ code, status }: Problem): boolean => status === 409 && !nonRejectionCodes.has(code)

const fields: Readonly<Record<string, string>> = { client: "guest number", room: "room number", date: "night" }

const invalid = ({ errors = [] }: Problem): ProblemText => {
  const named = errors.flatMap(({ path }) => fields[path.split(".")[1] ?? ""] ?? [])
  const what = named.length > 0 ? `the ${Array.from(new Set(named)).join(" and the ")}` : "what you entered"
  return { title: "This cannot be taken as it is", detail: `Nothing was done. Check ${what}, and try again.` }
}

const notHere: ProblemText = {
  title: "The hotel does not take this from here",
  detail: "Open this page under the hotel's own address. If you did, " + support + "."
}
const outdated: ProblemText = {
  title: "This page does not fit the hotel any more",
  detail: "Load the page again. If that does not help, " + support + "."
}
const outOfOrder: ProblemText = {
  title: "The hotel cannot do this right now",
  detail: "Nothing was done, and trying again does not help until it is repaired: " + support + "."
}
const busy = (problem: Problem): ProblemText => ({
  title: "The hotel is busy",
  detail: `Nothing was done. ${retryHint(problem)}`
})

const byCode: Readonly<Record<string, (problem: Problem) => ProblemText>> = {
  OutcomeUnknown: ({ title }) => ({
    title,
    detail: "No answer came. Press the button again to find out: it is done once, however often you press."
  }),
  InvalidRequest: invalid,
  CommandIdReused: () => ({ title: "This did not work", detail: "Nothing was done. Press the button once more." }),
  TooManyRefusals: (problem) => ({
    title: "Too many attempts were turned down lately",
    detail: `Nothing was done. ${retryHint(problem)}`
  }),
  FactUnreadable: () => ({
    title: "This room and night cannot be changed right now",
    detail: "Nothing was done. Choose another room or another night, or " + support + "."
  }),
  LogFull: () => outOfOrder,
  LogDamaged: () => outOfOrder,
  InvalidDecision: () => outOfOrder,
  WriteRejected: () => outOfOrder,
  MessageTooLarge: () => outOfOrder,
  TooManyEvents: () => outOfOrder
}

const byStatus: Readonly<Record<number, (problem: Problem) => ProblemText>> = {
  400: invalid,
  403: () => notHere,
  421: () => notHere,
  429: busy,
  503: busy
}

/** What became of a command that was not done, or of which nobody knows. */
export const problemText = (problem: Problem): ProblemText => {
  if (isRejection(problem)) return problem
  const words = byCode[problem.code] ?? byStatus[problem.status]
  return words ? words(problem) : outdated
}

const readTitles: Readonly<Record<string, string>> = {
  Unreachable: "The hotel cannot be reached",
  Offline: "You are offline",
  TimedOut: "The hotel does not answer in time",
  ViewRebuilding: "The hotel is preparing its lists",
  TooBusy: "The hotel is busy"
}

/** Why what a page shows could not be read: the page tries again by itself. */
export const readProblemText = (problem: Problem): ProblemText => {
  const { code, status } = problem
  const title =
    readTitles[code] ?? (status >= 500 || status === 429 ? "The hotel's lists are not available" : undefined)
  if (title === undefined) return status === 403 || status === 421 ? notHere : outdated
  const detail =
    code === "Unreachable" || code === "Offline"
      ? "Check your connection. This page keeps trying, and shows the list as soon as it can."
      : "This page keeps trying, and shows the list as soon as it can."
  return { title, detail }
}
