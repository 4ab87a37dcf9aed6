const numbers = new Intl.NumberFormat("en")
export const count = (n: number): string => numbers.format(n)

export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" })
const dayAndMonth = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" })

/** The time of day; for another day than today, the date. */
export const formatTime = (time: string, now = new Date()): string => {
  const at = new Date(time)
  return at.toDateString() === now.toDateString() ? clock.format(at) : dayAndMonth.format(at)
}

/** The data of an event in a line: `room 7 · 2026-12-24 · client 3`. An entity is shown as its id. */
export const summarize = (data: unknown): string =>
  Object.entries((data ?? {}) as Record<string, unknown>)
    .filter(([name]) => name !== "_tag")
    .map(([name, value]) => {
      if (typeof value === "object" && value !== null && "id" in value) return `${name} ${String(value.id)}`
      if (Array.isArray(value)) return plural(value.length, name.replace(/s$/u, ""), name)
      return typeof value === "object" ? `${name} ${JSON.stringify(value)}` : String(value)
    })
    .join(" · ")
