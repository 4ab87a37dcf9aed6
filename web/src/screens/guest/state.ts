import { computed, effect, signal } from "@preact/signals"
import { command, isOpen, unknownOutcome } from "../../api/command.ts"
import { call } from "../../api/http.ts"
import type { RowsLacking } from "../../../../src/layers/blueprint/operations.ts"
import { setAsideOf } from "../../ui/setAside.ts"
import { type Day, days, spoken, today } from "../shared/dates.ts"
import type { Said } from "../shared/Notice.tsx"
import { refreshed, rowsOf } from "../shared/refreshed.ts"

export type Availability = "free" | "booked" | "available" | "occupied"

interface Booking {
  readonly room: { readonly id: number }
  readonly date: Day
  readonly availability: Availability
  readonly client?: { readonly id: number }
  /** How many events the row lacks: then nobody knows how the night stands. */
  readonly deadLetters?: number
}

/** How a night looks to the guest who looks; unknown: nobody could look yet. */
export type Night = "unknown" | "free" | "taken" | "yours" | "ready" | "in"

export const nights = 14
export const roomsAPage = 40

export const first = signal<Day>(today())
export const page = signal(0)
export const rooms = signal<ReadonlyArray<number>>()
const bookings = signal<ReadonlyMap<string, Booking>>(new Map())
/** Events that no booking above counts: those nights have no row, and are not known. */
const missing = signal<ReadonlyArray<RowsLacking>>([])
/** The last room that the answer had rows for, where it is not all of them. */
const lastKnownRoom = signal(Infinity)
/** Events that the list of rooms lacks. */
export const roomsLack = signal(0)
/** The nights whose bookings these are. */
const known = signal<ReadonlySet<Day>>(new Set())

const kept = "client"
/** The number the hotel knows the guest by. */
export const client = signal(Number(localStorage.getItem(kept)) || 1)
effect(() => localStorage.setItem(kept, String(client.value)))

export const chosen = signal<{ readonly room: number; readonly night: Day }>()
export const said = signal<Said>()
export const busy = signal(false)

export const shownNights = computed(() => days(first.value, nights))
export const shownRooms = computed(
  () => rooms.value?.slice(page.value * roomsAPage, (page.value + 1) * roomsAPage) ?? []
)

const key = (room: number, night: Day) => `${room}.${night}`

export const nightOf = (room: number, date: Day): Night => {
  if (!known.value.has(date)) return "unknown"
  const booking = bookings.value.get(key(room, date))
  if (booking?.deadLetters || setAsideOf(missing.value, { room: `${room}`, date }) > 0) return "unknown"
  if (!booking && room >= lastKnownRoom.value) return "unknown"
  if (!booking || booking.availability === "free") return "free"
  if (booking.client?.id !== client.value) return "taken"
  return ({ booked: "yours", available: "ready", occupied: "in" } as const)[booking.availability]
}

const ask = async (after: number) => {
  const asked = shownNights.value
  const range = `${asked[0]}..${asked.at(-1)}`
  const [all, booked] = await Promise.all([
    call<{ readonly rooms: ReadonlyArray<{ readonly id: number }>; readonly deadLetters?: number }>("/rooms"),
    rowsOf<Booking>(`/views/booking?date=${range}&limit=5000&after=${after}`)
  ])
  if (!all.ok) return all
  rooms.value = all.body.rooms.map(({ id }) => id)
  roomsLack.value = all.body.deadLetters ?? 0
  if (!booked.ok) return booked
  missing.value = booked.body.deadLetters ?? []
  lastKnownRoom.value = booked.body.more ? (booked.body.rows.at(-1)?.room.id ?? 0) : Infinity
  bookings.value = new Map(booked.body.rows.map((booking) => [key(booking.room.id, booking.date), booking]))
  known.value = new Set(asked)
  return { ...all, body: booked.body }
}

export const start = (): void => {
  const fresh = refreshed(["hotel-admin", "room-booking"], ask)
  let before = first.value
  effect(() => {
    if (first.value === before) return
    before = first.value
    fresh.now()
  })
}

const doors = {
  book: {
    path: "/mutation/book-room",
    done: (room: number, night: Day) => `Room ${room} is yours for ${spoken(night)}.`
  },
  checkIn: { path: "/mutation/checkin", done: (room: number) => `Welcome. Here is the key of room ${room}.` }
}

type Choice = NonNullable<typeof chosen.value>

const inputOf = ({ night, room }: Choice) => ({ room: { id: room }, client: { id: client.value }, date: night })

/** What was said of the chosen night; else that a button was pressed and nobody knows what came of it. */
export const told = computed<Said | undefined>(() => {
  const choice = chosen.value
  if (said.value || busy.value || !choice) return said.value
  const isUnknown = Object.values(doors).some(({ path }) => isOpen(path, inputOf(choice)))
  return isUnknown ? { good: false, problem: unknownOutcome } : undefined
})

/** Asks; whether it is allowed is not for this page to say. */
export const push = async (button: keyof typeof doors): Promise<void> => {
  const { room, night } = chosen.value!
  busy.value = true
  said.value = undefined
  const { path, done } = doors[button]
  const answer = await command(path, inputOf({ room, night }))
  busy.value = false
  said.value = answer.ok ? { good: true, text: done(room, night) } : { good: false, problem: answer.problem }
}
