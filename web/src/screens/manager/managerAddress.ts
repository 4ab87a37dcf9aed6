import { computed } from "@preact/signals"
import { type Day, daysBetween, isDay, lastDay, plusDays, today } from "../shared/dates.ts"
import { navigate, numberParam, param } from "../shared/screenAddress.ts"

// The manager's view is in the address: `?date=`, `?show=open` for rooms that are not clean yet, and `?page=`.

export const daysShown = 7
export const roomsPerPage = 100

const dateParam = param("date")
const pageParam = numberParam("page")
const showParam = param("show")

export const selectedDay = computed<Day>(() => (isDay(dateParam.value) ? dateParam.value : today.value))
/** The first of the days shown: weeks are counted from today. */
export const firstDay = computed<Day>(() => {
  const weeks = Math.floor(daysBetween(today.value, selectedDay.value) / daysShown)
  return plusDays(today.value, weeks * daysShown)
})
/** A day that is over is read-only. */
export const isOver = computed(() => selectedDay.value < today.value)
export const isOnlyOpen = computed(() => showParam.value === "open")
/** The page index, from 0. */
export const page = computed(() => (pageParam.value ?? 1) - 1)

export const showDay = (day: Day) => {
  const bounded = day > lastDay ? lastDay : day
  navigate({ date: bounded === today.value ? undefined : bounded, page: undefined })
}
export const showOnlyOpen = (isOnly: boolean) => navigate({ show: isOnly ? "open" : undefined, page: undefined })
export const showPage = (n: number) => navigate({ page: n === 0 ? undefined : n + 1 })
