import { computed, signal } from "@preact/signals"
import { type Day, days, daysBetween, isDay, lastDay, plusDays, today } from "../shared/dates.ts"
import { navigate, numberParam, param } from "../shared/screenAddress.ts"

// The guest's view is in the address: `?date=` and `?from=` are the first night and room shown, `?night=` and `?room=` the
// open ones.

export const nightCount = 14
export const roomsPerPage = 40

/** The rooms of the hotel; undefined until loaded. */
export const rooms = signal<ReadonlyArray<number>>()

const dateParam = param("date")
const nightParam = param("night")
const fromParam = numberParam("from")
const roomParam = numberParam("room")

const clampDay = (day: Day): Day => {
  const last = plusDays(lastDay, 1 - nightCount)
  return day < today.value ? today.value : day > last ? last : day
}
const isShown = (night: Day, from: Day) => daysBetween(from, night) >= 0 && daysBetween(from, night) < nightCount

/** The address names a night that is over. */
export const isOver = computed(() => isDay(nightParam.value) && nightParam.value < today.value)

/** The first night that is shown: tonight or later. */
export const firstNight = computed<Day>(() => {
  const night = nightParam.value
  const begin = clampDay(isDay(dateParam.value) ? dateParam.value : today.value)
  return !isDay(night) || isOver.value || isShown(night, begin) ? begin : clampDay(night)
})
export const shownNights = computed(() => days(firstNight.value, nightCount))

/** The room and the night that are open. */
export const selected = computed(() => {
  const [room, night] = [roomParam.value, nightParam.value]
  return room !== undefined && isDay(night) && isShown(night, firstNight.value) ? { room, night } : undefined
})

/** The index of the first room shown in the list of all rooms. */
export const firstRoomIndex = computed(() => {
  const all = rooms.value ?? []
  const from = fromParam.value ?? 0
  const found = all.findIndex((room) => room >= from)
  const begin = found < 0 ? Math.max(0, all.length - roomsPerPage) : found
  const open = selected.value ? all.indexOf(selected.value.room) : -1
  return open < 0 || (open >= begin && open < begin + roomsPerPage) ? begin : open
})
export const shownRooms = computed(
  () => rooms.value?.slice(firstRoomIndex.value, firstRoomIndex.value + roomsPerPage) ?? []
)

const closed = { room: undefined, night: undefined }
export const close = () => navigate(closed)
export const select = (room: number, night: Day) =>
  navigate({ date: dateOf(firstNight.value), from: fromOf(firstRoomIndex.value), room, night })
export const showNights = (day: Day) => navigate({ date: dateOf(clampDay(day)), ...closed })
export const showRooms = (begin: number) => navigate({ from: fromOf(begin), ...closed })
/** Shows the page that begins with this room, or with the next existing one. */
export const showRoomsFrom = (room: number) => navigate({ from: room, ...closed })

/** Today is the default and is left out, so that the address shows tomorrow's nights tomorrow. */
const dateOf = (day: Day) => (day === today.value ? undefined : day)
const fromOf = (begin: number) => (begin === 0 ? undefined : rooms.value?.[begin])
