import { signal } from "@preact/signals"

/** Nights are calendar days, `2026-12-24`, without a time or a zone. */
export type Day = string

/** The last night that the hotel accepts. */
export const lastDay: Day = "2099-12-31"

const at = (day: Day) => new Date(`${day}T12:00:00Z`)

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

const clockMillis = 10_000
const update = () => void (today.value = dayHere())
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

const format = (options: Intl.DateTimeFormatOptions) => {
  const formatter = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options })
  return (day: Day) => formatter.format(at(day))
}
export const weekday = format({ weekday: "short" })
export const dayOfMonth = format({ day: "numeric" })
export const month = format({ month: "short" })
export const spoken = format({ weekday: "long", day: "numeric", month: "long", year: "numeric" })
export const short = format({ weekday: "short", day: "numeric", month: "short" })

export const isWeekend = (day: Day): boolean => [0, 6].includes(at(day).getUTCDay())
