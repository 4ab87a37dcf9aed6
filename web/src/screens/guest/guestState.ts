import { batch, computed, effect, signal } from "@preact/signals"
import type { RowsLacking } from "../../../../src/layers/contract/operationsSchema.ts"
import { session } from "../../api/session.ts"
import { missingEventCount } from "../../ui/missingEvents.ts"
import { maxClientId } from "../shared/clientIds.ts"
import type { Day } from "../shared/dates.ts"
import { read, liveQuery, rowsOf, loadProblem } from "../shared/liveQuery.ts"
import { rooms, shownNights, shownRooms } from "./guestAddress.ts"

type Availability = "free" | "booked" | "available" | "occupied"

interface Booking {
  readonly room: { readonly id: number }
  readonly date: Day
  readonly availability: Availability
  readonly client?: { readonly id: number }
  /** The number of events that the row lacks: the state of the night is unknown then. */
  readonly deadLetters?: number
}

/** The state of a night for the current guest. Loading: not read yet; unknown: it could not be read. */
export type Night = "loading" | "unknown" | "free" | "taken" | "yours" | "ready" | "in"

const bookings = signal<ReadonlyMap<string, Booking>>(new Map())
/** Dead-lettered events of nights without a row, whose state is unknown. */
const missingRows = signal<ReadonlyArray<RowsLacking>>([])
/** The last room with rows in the answer, if the answer was cut off. */
const lastKnownRoom = signal(Infinity)
/** The number of events that the list of rooms lacks. */
export const roomsMissingEvents = signal(0)
/** The nights and rooms that the bookings were loaded for. */
const loadedRange = signal<{ readonly nights: ReadonlySet<Day>; readonly rooms: ReadonlySet<number> }>({
  nights: new Set(),
  rooms: new Set()
})

const isClient = (id: number) => Number.isInteger(id) && id >= 1 && id <= maxClientId

const storageKey = "client"
const loadClient = (): number => {
  try {
    return Number(localStorage.getItem(storageKey))
  } catch {
    return 0
  }
}
/** The number that was entered on this page. */
const enteredClient = signal(isClient(loadClient()) ? loadClient() : 1)
/** The number that the session proves; undefined if it proves none. */
export const ownClient = computed(() => {
  const id = Number(session.value?.caller?.claims["client"])
  return isClient(id) ? id : undefined
})
/** The guest's number at the hotel. */
export const client = computed(() => ownClient.value ?? enteredClient.value)
export const setClient = (id: number): boolean => {
  if (!isClient(id)) return false
  enteredClient.value = id
  try {
    localStorage.setItem(storageKey, String(id))
  } catch {
    // Without storage the guest is remembered until the page is reloaded.
  }
  return true
}

const key = (room: number, night: Day) => `${room}.${night}`

export const nightOf = (room: number, date: Day): Night => {
  const fallback = loadProblem.value ? "unknown" : "loading"
  // Before the session is known, a night of the guest would seem to be somebody else's.
  if (!session.value) return fallback
  if (!loadedRange.value.nights.has(date) || !loadedRange.value.rooms.has(room)) return fallback
  const booking = bookings.value.get(key(room, date))
  if (booking?.deadLetters || missingEventCount(missingRows.value, { room: `${room}`, date }) > 0) return "unknown"
  if (!booking && room >= lastKnownRoom.value) return "unknown"
  if (!booking || booking.availability === "free") return "free"
  if (booking.client?.id !== client.value) return "taken"
  return ({ booked: "yours", available: "ready", occupied: "in" } as const)[booking.availability]
}

/** The query for the bookings of the nights and rooms shown. */
const query = computed(() => {
  const [nights, shown] = [shownNights.value, shownRooms.value]
  const range = `date=${nights[0]}..${nights.at(-1)}`
  return shown.length === 0 ? range : `${range}&room=${shown[0]}..${shown.at(-1)}`
})
let loadedQuery: string | undefined

const loadBookings = async (after: number) => {
  const all = await read<{ readonly rooms: ReadonlyArray<{ readonly id: number }>; readonly deadLetters?: number }>(
    "/rooms"
  )
  if (!all.ok) return all
  batch(() => {
    const ids = all.body.rooms.map(({ id }) => id)
    if (String(ids) !== String(rooms.value)) rooms.value = ids
    roomsMissingEvents.value = all.body.deadLetters ?? 0
    loadedQuery = query.value
  })
  const [forNights, forRooms] = [new Set(shownNights.value), new Set(shownRooms.value)]
  const booked = await rowsOf<Booking>(`/views/booking?${loadedQuery}&limit=5000&after=${after}`)
  if (!booked.ok) return booked
  batch(() => {
    missingRows.value = booked.body.deadLetters ?? []
    lastKnownRoom.value = booked.body.more ? (booked.body.rows.at(-1)?.room.id ?? 0) : Infinity
    bookings.value = new Map(booked.body.rows.map((booking) => [key(booking.room.id, booking.date), booking]))
    loadedRange.value = { nights: forNights, rooms: forRooms }
  })
  return { ...all, body: booked.body }
}

export const startQueries = (): void => {
  const liveBookings = liveQuery(["hotel-admin", "room-booking"], loadBookings)
  effect(() => {
    if (query.value !== loadedQuery && loadedQuery !== undefined) liveBookings.now()
  })
}
