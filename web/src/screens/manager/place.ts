import { computed } from "@preact/signals"
import { go, numberParam, param } from "../shared/address.ts"
import { type Day, daysBetween, isDay, lastDay, plusDays, today } from "../shared/dates.ts"

// What the manager looks at stands in the address: `?date=`, `?show=open` for what is not clean yet, and `?page=`.

export const daysShown = 7
export const roomsAPage = 100

const dateAsked = param("date")
const pageAsked = numberParam("page")
const showAsked = param("show")

export const chosen = computed<Day>(() => (isDay(dateAsked.value) ? dateAsked.value : today.value))
/** The first of the days that are shown beside each other: weeks are counted from today. */
export const first = computed<Day>(() => {
  const weeks = Math.floor(daysBetween(today.value, chosen.value) / daysShown)
  return plusDays(today.value, weeks * daysShown)
})
/** A day that is over is looked at only. */
export const isOver = computed(() => chosen.value < today.value)
export const isOnlyOpen = computed(() => showAsked.value === "open")
/** From 0. */
export const page = computed(() => (pageAsked.value ?? 1) - 1)

export const showDay = (day: Day) => {
  const bounded = day > lastDay ? lastDay : day
  go({ date: bounded === today.value ? undefined : bounded, page: undefined })
}
export const showOnlyOpen = (isOnly: boolean) => go({ show: isOnly ? "open" : undefined, page: undefined })
export const showPage = (n: number) => go({ page: n === 0 ? undefined : n + 1 })
