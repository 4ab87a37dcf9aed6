import { batch, computed, effect, signal } from "@preact/signals"
import type { RowsLacking } from "../../../../src/layers/contract/operationsSchema.ts"
import { setAsideOf } from "../../ui/setAside.ts"
import type { Day } from "../shared/dates.ts"
import { read, refreshed, rowsOf, trouble } from "../shared/refreshed.ts"
import { rooms, shownNights, shownRooms } from "./place.ts"

type Availability = "free" | "booked" | "available" | "occupied"

interface Booking {
  readonly room: { readonly id: number }
  readonly date: Day
  readonly availability: Availability
  readonly client?: { readonly id: number }
  /** How many events the row lacks: then nobody knows how the night stands. */
  readonly deadLetters?: number
}

/** How a night looks to the guest who looks. Loading: it is being looked up; unknown: it could not be. */
export type Night = "loading" | "unknown" | "free" | "taken" | "yours" | "ready" | "in"

const bookings = signal<ReadonlyMap<string, Booking>>(new Map())
/** Events that no booking above counts: those nights have no row, and are not known. */
const missing = signal<ReadonlyArray<RowsLacking>>([])
/** The last room that the answer had rows for, where it is not all of them. */
const lastKnownRoom = signal(Infinity)
/** Events that the list of rooms lacks. */
export const roomsLack = signal(0)
/** The nights and rooms whose bookings these are. */
const known = signal<{ readonly nights: ReadonlySet<Day>; readonly rooms: ReadonlySet<number> }>({
  nights: new Set(),
  rooms: new Set()
})

export const longestClient = 999_999_999
const isClient = (id: number) => Number.isInteger(id) && id >= 1 && id <= longestClient

const kept = "client"
const keptClient = (): number => {
  try {
    return Number(localStorage.getItem(kept))
  } catch {
    return 0
  }
}
/** The number the hotel knows the guest by. */
export const client = signal(isClient(keptClient()) ? keptClient() : 1)
export const setClient = (id: number): boolean => {
  if (!isClient(id)) return false
  client.value = id
  try {
    localStorage.setItem(kept, String(id))
  } catch {
    // A browser that stores nothing knows the guest until the page is loaded again.
  }
  return true
}

const key = (room: number, night: Day) => `${room}.${night}`

export const nightOf = (room: number, date: Day): Night => {
  const unlooked = trouble.value ? "unknown" : "loading"
  if (!known.value.nights.has(date) || !known.value.rooms.has(room)) return unlooked
  const booking = bookings.value.get(key(room, date))
  if (booking?.deadLetters || setAsideOf(missing.value, { room: `${room}`, date }) > 0) return "unknown"
  if (!booking && room >= lastKnownRoom.value) return "unknown"
  if (!booking || booking.availability === "free") return "free"
  if (booking.client?.id !== client.value) return "taken"
  return ({ booked: "yours", available: "ready", occupied: "in" } as const)[booking.availability]
}

/** The bookings of what is shown; of no room, where there is none. */
const wanted = computed(() => {
  const [nights, shown] = [shownNights.value, shownRooms.value]
  const range = `date=${nights[0]}..${nights.at(-1)}`
  return shown.length === 0 ? range : `${range}&room=${shown[0]}..${shown.at(-1)}`
})
let asked: string | undefined

const ask = async (after: number) => {
  const all = await read<{ readonly rooms: ReadonlyArray<{ readonly id: number }>; readonly deadLetters?: number }>(
    "/rooms"
  )
  if (!all.ok) return all
  batch(() => {
    const ids = all.body.rooms.map(({ id }) => id)
    if (String(ids) !== String(rooms.value)) rooms.value = ids
    roomsLack.value = all.body.deadLetters ?? 0
    asked = wanted.value
  })
  const [forNights, forRooms] = [new Set(shownNights.value), new Set(shownRooms.value)]
  const booked = await rowsOf<Booking>(`/views/booking?${asked}&limit=5000&after=${after}`)
  if (!booked.ok) return booked
  batch(() => {
    missing.value = booked.body.deadLetters ?? []
    lastKnownRoom.value = booked.body.more ? (booked.body.rows.at(-1)?.room.id ?? 0) : Infinity
    bookings.value = new Map(booked.body.rows.map((booking) => [key(booking.room.id, booking.date), booking]))
    known.value = { nights: forNights, rooms: forRooms }
  })
  return { ...all, body: booked.body }
}

export const start = (): void => {
  const fresh = refreshed(["hotel-admin", "room-booking"], ask)
  effect(() => {
    if (wanted.value !== asked && asked !== undefined) fresh.now()
  })
}
