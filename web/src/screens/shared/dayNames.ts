/** Nights are calendar days, `2026-12-24`, without a time or a zone. */
export type Day = string

export const at = (day: Day) => new Date(`${day}T12:00:00Z`)

const format = (options: Intl.DateTimeFormatOptions) => {
  const formatter = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options })
  return (day: Day) => formatter.format(at(day))
}
export const weekday = format({ weekday: "short" })
export const dayOfMonth = format({ day: "numeric" })
export const month = format({ month: "short" })
export const spoken = format({ weekday: "long", day: "numeric", month: "long", year: "numeric" })
export const short = format({ weekday: "short", day: "numeric", month: "short" })
