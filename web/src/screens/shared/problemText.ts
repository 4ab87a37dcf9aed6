import type { Problem } from "../../api/httpClient.ts"
import { plural } from "../../ui/format.ts"
import { spoken } from "./dayNames.ts"

/** A problem and its remedy, in words for users who do not know the API. */
export interface ProblemText {
  readonly title: string
  readonly detail: string
}

const support = "report it to the hotel's support"

/** When to try again, according to the server. */
const retryHint = ({ retryAfter = 0 }: Problem): string => {
  if (retryAfter <= 2) return "Try again in a moment."
  return retryAfter < 100
    ? `Try again in ${plural(retryAfter, "second")}.`
    : `Try again in ${plural(Math.ceil(retryAfter / 60), "minute")}.`
}

/** Codes of conflicts that are not rejections by the board. */
const nonRejectionCodes = new Set(["409", "StillStuck", "WaitsBehind", "PositionReadable"])

/** Whether a rule of the board rejected the command: its declaration has a text for users. */
export const isRejection = ({ code, status }: Problem): boolean => status === 409 && !nonRejectionCodes.has(code)

const fields: Readonly<Record<string, string>> = {
  client: "guest number",
  room: "room number",
  newRoom: "number of the new room",
  date: "night",
  firstNight: "night",
  nights: "number of nights"
}

/** The room and the night that a rejection is about, where its sentence does not say which of several. */
const which = ({ code, date, lastNight, room }: Problem): string => {
  if (code === "RoomAlreadyBooked" && room && date) return ` Room ${room.id} is taken on ${spoken(date)}.`
  if (code === "RoomUnknown" && room) return ` There is no room ${room.id}.`
  return code === "StayTooLate" && lastNight ? ` The last night is ${spoken(lastNight)}.` : ""
}

const invalid = ({ errors = [] }: Problem): ProblemText => {
  const named = errors.flatMap(({ path }) => fields[path.split(".")[1] ?? ""] ?? [])
  const what = named.length > 0 ? `the ${Array.from(new Set(named)).join(" and the ")}` : "what you entered"
  return { title: "This input is not valid", detail: `Nothing was done. Check ${what}, and try again.` }
}

const notHere: ProblemText = {
  title: "The hotel does not accept this from here",
  detail: "Open this page under the hotel's own address. If you did, " + support + "."
}
const signedOut: ProblemText = {
  title: "You are signed out",
  detail: "Nothing was done. Sign in again, and try again."
}
const notForYou: ProblemText = {
  title: "You may not do this",
  detail: "Nothing was done. It is for others at the hotel, or about the booking of another guest."
}
const outdated: ProblemText = {
  title: "This page is out of date",
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
  NotAuthenticated: () => signedOut,
  NotPermitted: () => notForYou,
  InvalidRequest: invalid,
  CommandIdReused: () => ({ title: "This did not work", detail: "Nothing was done. Press the button once more." }),
  TooManyRefusals: (problem) => ({
    title: "Too many attempts were rejected lately",
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

/** The text for a command that was not done or whose outcome is unknown. */
export const problemText = (problem: Problem): ProblemText => {
  if (isRejection(problem)) return { title: problem.title, detail: problem.detail + which(problem) }
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

/** Content that is not shown to who is signed in, by code. */
const unreadable: Readonly<Record<string, ProblemText>> = {
  NotAuthenticated: { title: "You are signed out", detail: "Sign in to see this list." },
  NotPermitted: {
    title: "This is for others at the hotel",
    detail: "Sign in as somebody who may see it: the link is at the top of this page."
  }
}

/** The text for content that could not be loaded; the page retries by itself. */
export const readProblemText = (problem: Problem): ProblemText => {
  const { code, status } = problem
  const hidden = unreadable[code]
  if (hidden) return hidden
  const title =
    readTitles[code] ?? (status >= 500 || status === 429 ? "The hotel's lists are not available" : undefined)
  if (title === undefined) return status === 403 || status === 421 ? notHere : outdated
  const detail =
    code === "Unreachable" || code === "Offline"
      ? "Check your connection. This page keeps trying, and shows the list as soon as it can."
      : "This page keeps trying, and shows the list as soon as it can."
  return { title, detail }
}
