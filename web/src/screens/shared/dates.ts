/** Nights are calendar days, `2026-12-24`, without a time or a zone. */
export type Day = string

const at = (day: Day) => new Date(`${day}T12:00:00Z`)

export const plusDays = (day: Day, days: number): Day => {
  const date = at(day)
  date.setUTCDate(date.getUTCDate() + days)
  return date.toISOString().slice(0, 10)
}

/** Where somebody sits, not where the sun is. */
export const today = (): Day => {
  const now = new Date()
  const two = (n: number) => String(n).padStart(2, "0")
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
}

export const days = (from: Day, many: number): ReadonlyArray<Day> =>
  Array.from({ length: many }, (_, n) => plusDays(from, n))

export const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/u.test(text) && !Number.isNaN(at(text).getTime())

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
