import { signal } from "@preact/signals"
import { at, type Day } from "./dayNames.ts"

export { type Day, dayOfMonth, month, short, spoken, weekday } from "./dayNames.ts"

/** The last night that the hotel accepts. */
export const lastDay: Day = "2099-12-31"

export const plusDays = (day: Day, days: number): Day => {
  const date = at(day)
  date.setUTCDate(date.getUTCDate() + days)
  return date.toISOString().slice(0, 10)
}

/** The number of days from `from` to `to`. */
export const daysBetween = (from: Day, to: Day): number => (at(to).getTime() - at(from).getTime()) / 86_400_000

const dayHere = (): Day => {
  const now = new Date()
  const two = (n: number) => String(n).padStart(2, "0")
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
}

/** Today by the browser's clock and time zone. Changes at midnight, also on an open page. */
export const today = signal<Day>(dayHere())

/** Today in UTC: by this day the hotel decides until when a booking can be changed. */
const dayInUtc = (): Day => new Date().toISOString().slice(0, 10)
export const todayInUtc = signal<Day>(dayInUtc())

const clockMillis = 10_000
const update = () => {
  today.value = dayHere()
  todayInUtc.value = dayInUtc()
}
setInterval(update, clockMillis)
document.addEventListener("visibilitychange", update)

export const days = (from: Day, many: number): ReadonlyArray<Day> =>
  Array.from({ length: many }, (_, n) => plusDays(from, n))

/** Whether the text is a calendar day within the years that the hotel accepts. */
export const isDay = (text: string | undefined): text is Day =>
  text !== undefined &&
  /^(?:19|20)\d{2}-\d{2}-\d{2}$/u.test(text) &&
  !Number.isNaN(at(text).getTime()) &&
  plusDays(text, 0) === text

export const isWeekend = (day: Day): boolean => [0, 6].includes(at(day).getUTCDay())
