import { Random, Effect } from "effect"

/** What the load asks of the hotel: a command by name, and its input. */
export interface Question {
  readonly command: "AddRoom" | "BookRoom" | "CleanRoom" | "CheckIn"
  readonly input: { readonly room: { readonly id: number }; readonly client?: object; readonly date?: string }
}

export interface Place {
  readonly room: { readonly id: number }
  readonly date: string
}

/** Where a command is asked for. */
export const doors: Readonly<Record<Question["command"], string>> = {
  AddRoom: "/mutation/add-room",
  BookRoom: "/mutation/book-room",
  CleanRoom: "/mutation/cleanup",
  CheckIn: "/mutation/checkin"
}

const first = Date.UTC(2020, 0, 1)
const aDay = 86_400_000
const night = (n: number): string => new Date(first + n * aDay).toISOString().slice(0, 10)

const hotRooms = 20
const coldRooms = 50
const coldFrom = 101

/** Rooms that are there before anything else happens. */
export const rooms: ReadonlyArray<number> = [
  ...Array.from({ length: hotRooms }, (_, n) => 1 + n),
  ...Array.from({ length: coldRooms }, (_, n) => coldFrom + n)
]

const placeAt = (n: number, from: number, count: number): Place => ({
  room: { id: from + (n % count) },
  date: night(Math.floor(n / count))
})

/** The n-th place that many fight for, and the n-th that one worker has for itself. */
export const hotPlace = (n: number): Place => placeAt(n, 1, hotRooms)
export const coldPlace = (n: number): Place => placeAt(n, coldFrom, coldRooms)

const clients = 3
const anyClient = Effect.map(Random.nextIntBetween(1, clients), (id) => ({ id }))

/** Anything that may be asked of a place by anybody: much of it is refused, or comes too late. */
export const anything = Effect.fnUntraced(function* (place: Place) {
  const client = yield* anyClient
  const dice = yield* Random.next
  if (dice < 0.03) {
    const id = yield* Random.nextIntBetween(1, 400)
    return { command: "AddRoom", input: { room: { id } } } as Question
  }
  if (dice < 0.05) {
    return { command: "BookRoom", input: { ...place, client, room: { id: 9000 } } } as Question
  }
  if (dice < 0.45) return { command: "BookRoom", input: { ...place, client } } as Question
  if (dice < 0.7) return { command: "CleanRoom", input: place } as Question
  return { command: "CheckIn", input: { ...place, client } } as Question
})

/** A guest's whole stay, as it should go. */
export const stay = (place: Place, client: { readonly id: number }): ReadonlyArray<Question> => [
  { command: "BookRoom", input: { ...place, client } },
  { command: "CleanRoom", input: place },
  { command: "CheckIn", input: { ...place, client } }
]
