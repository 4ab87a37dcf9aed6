import { computed, signal } from "@preact/signals"
import { go, numberParam, param } from "../shared/address.ts"
import { type Day, days, daysBetween, isDay, lastDay, plusDays, today } from "../shared/dates.ts"

// What the guest looks at stands in the address: `?date=` and `?from=` say which nights and rooms are shown, `?night=` and
// `?room=` which of them is open.

export const nights = 14
export const roomsAPage = 40

/** The rooms of the hotel; undefined until they are known. */
export const rooms = signal<ReadonlyArray<number>>()

const dateAsked = param("date")
const nightAsked = param("night")
const fromAsked = numberParam("from")
const roomAsked = numberParam("room")

const bounded = (day: Day): Day => {
  const last = plusDays(lastDay, 1 - nights)
  return day < today.value ? today.value : day > last ? last : day
}
const isShown = (night: Day, from: Day) => daysBetween(from, night) >= 0 && daysBetween(from, night) < nights

/** Somebody came with the address of a night that is over. */
export const isOver = computed(() => isDay(nightAsked.value) && nightAsked.value < today.value)

/** The first night that is shown: tonight or later. */
export const first = computed<Day>(() => {
  const night = nightAsked.value
  const begin = bounded(isDay(dateAsked.value) ? dateAsked.value : today.value)
  return !isDay(night) || isOver.value || isShown(night, begin) ? begin : bounded(night)
})
export const shownNights = computed(() => days(first.value, nights))

/** The room and the night that are open. */
export const chosen = computed(() => {
  const [room, night] = [roomAsked.value, nightAsked.value]
  return room !== undefined && isDay(night) && isShown(night, first.value) ? { room, night } : undefined
})

/** Where the rooms that are shown begin in the list of all. */
export const start = computed(() => {
  const all = rooms.value ?? []
  const from = fromAsked.value ?? 0
  const found = all.findIndex((room) => room >= from)
  const begin = found < 0 ? Math.max(0, all.length - roomsAPage) : found
  const open = chosen.value ? all.indexOf(chosen.value.room) : -1
  return open < 0 || (open >= begin && open < begin + roomsAPage) ? begin : open
})
export const shownRooms = computed(() => rooms.value?.slice(start.value, start.value + roomsAPage) ?? [])

const closed = { room: undefined, night: undefined }
export const close = () => go(closed)
export const choose = (room: number, night: Day) =>
  go({ date: dateOf(first.value), from: fromOf(start.value), room, night })
export const showNights = (day: Day) => go({ date: dateOf(bounded(day)), ...closed })
export const showRooms = (begin: number) => go({ from: fromOf(begin), ...closed })
/** The page that begins with this room, or the next one that there is. */
export const showRoomsFrom = (room: number) => go({ from: room, ...closed })

/** What is shown anyway need not stand in the address; it would be tomorrow's as well. */
const dateOf = (day: Day) => (day === today.value ? undefined : day)
const fromOf = (begin: number) => (begin === 0 ? undefined : rooms.value?.[begin])
