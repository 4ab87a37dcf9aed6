import { Random, Effect } from "effect"
import type { CommandCall } from "../BoardLoad.ts"

export interface RoomNight {
  readonly room: { readonly id: number }
  readonly date: string
}

/** Nights that are not over for decades: bookings of them can be changed. */
const firstDayMillis = Date.UTC(2060, 0, 1)
const dayMillis = 86_400_000
const dateOf = (n: number): string => new Date(firstDayMillis + n * dayMillis).toISOString().slice(0, 10)
/** A night that is over: its booking cannot be changed. */
const pastDate = (n: number): string => new Date(Date.UTC(2010, 0, 1) + n * dayMillis).toISOString().slice(0, 10)

const hotRooms = 20
const coldRooms = 50
const coldFrom = 101
/** Days of the stays of single guests begin here. */
const stayFromDay = 7_000
const maxNights = 3

/** The rooms that are added first. */
export const rooms: ReadonlyArray<number> = [
  ...Array.from({ length: hotRooms }, (_, n) => 1 + n),
  ...Array.from({ length: coldRooms }, (_, n) => coldFrom + n)
]

/** The n-th room-night with contention, and the n-th of a single client. */
export const contestedNight = (n: number): RoomNight => ({
  room: { id: 1 + (n % hotRooms) },
  date: dateOf(maxNights + Math.floor(n / hotRooms))
})
export const privateNight = (n: number): RoomNight => ({
  room: { id: coldFrom + (n % coldRooms) },
  date: dateOf(Math.floor(n / coldRooms))
})

const shifted = (date: string, days: number) =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * dayMillis).toISOString().slice(0, 10)

const clientCount = 3
const randomClient = Effect.map(Random.nextIntBetween(1, clientCount), (id) => ({ id }))

/** A stay of up to three nights that has this night. */
const stayAround = Effect.fnUntraced(function* ({ date, room }: RoomNight, client: object) {
  const before = yield* Random.nextIntBetween(0, maxNights - 1)
  const after = yield* Random.nextIntBetween(0, maxNights - 1 - before)
  const input = { room, client, firstNight: shifted(date, -before), nights: before + 1 + after }
  return { command: "BookStay", input } as CommandCall
})

/** A move to another room with contention; sometimes to the same one, which changes nothing. */
const moveFrom = Effect.fnUntraced(function* ({ date, room }: RoomNight, client: object) {
  const newRoom = { id: 1 + ((room.id - 1 + (yield* Random.nextIntBetween(0, 5))) % hotRooms) }
  return { command: "MoveBooking", input: { room, newRoom, client, date } } as CommandCall
})

/** A random command on a room-night, often rejected. */
export const randomCommand = Effect.fnUntraced(function* (roomNight: RoomNight) {
  const client = yield* randomClient
  const input = { ...roomNight, client }
  const roll = yield* Random.next
  if (roll < 0.03) return { command: "AddRoom", input: { room: { id: yield* Random.nextIntBetween(1, 400) } } }
  if (roll < 0.05) return { command: "BookRoom", input: { ...input, room: { id: 9000 } } }
  if (roll < 0.25) return { command: "BookRoom", input }
  if (roll < 0.4) return yield* stayAround(roomNight, client)
  if (roll < 0.53) return { command: "CancelBooking", input }
  if (roll < 0.7) return yield* moveFrom(roomNight, client)
  if (roll < 0.85) return { command: "CleanRoom", input: roomNight }
  return { command: "CheckIn", input }
})

/** The commands of a regular visit. */
const visit = (n: number, client: object): ReadonlyArray<CommandCall> => {
  const night = privateNight(n)
  return [
    { command: "BookRoom", input: { ...night, client } },
    { command: "CleanRoom", input: night },
    { command: "CheckIn", input: { ...night, client } }
  ]
}

/** Where and when the n-th guest with a stay of several nights stays. */
const privateStay = (n: number) => ({
  room: { id: coldFrom + (n % coldRooms) },
  date: dateOf(stayFromDay + Math.floor(n / coldRooms) * maxNights)
})

/** Two stays of which only one is possible: the first night of the former is the last night of the latter. */
export const overlappingStays = (n: number): ReadonlyArray<CommandCall> => {
  const { date, room } = privateStay(n)
  return [1, 0].map((days) => ({
    command: "BookStay",
    input: { room, client: { id: 1 + days }, firstNight: shifted(date, days), nights: 2 }
  }))
}

/** A stay whose first night is cancelled, and whose second is moved to a room that another guest may have. */
const changedStay = (n: number, client: object): ReadonlyArray<CommandCall> => {
  const { date, room } = privateStay(n)
  const newRoom = { id: coldFrom + ((n + 1) % coldRooms) }
  return [
    { command: "BookStay", input: { room, client, firstNight: date, nights: maxNights } },
    { command: "CancelBooking", input: { room, client, date } },
    { command: "MoveBooking", input: { room, newRoom, client, date: shifted(date, 1) } },
    { command: "BookRoom", input: { room, client: { id: 1_001 }, date } }
  ]
}

/** A booking that is changed too late. */
const changedTooLate = (n: number, client: object): ReadonlyArray<CommandCall> => {
  const booking = { room: { id: coldFrom + (n % coldRooms) }, client, date: pastDate(Math.floor(n / coldRooms)) }
  return [
    { command: "BookRoom", input: booking },
    { command: "CancelBooking", input: booking }
  ]
}

/** The commands of a guest with nights of their own, the n-th of all. */
export const guestCommands = Effect.fnUntraced(function* (n: number) {
  const client = { id: yield* Random.nextIntBetween(1, 1000) }
  const roll = yield* Random.next
  if (roll < 0.6) return visit(n, client)
  return roll < 0.95 ? changedStay(n, client) : changedTooLate(n, client)
})
