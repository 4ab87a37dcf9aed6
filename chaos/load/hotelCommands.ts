import { Random, Effect } from "effect"

/** A command by name, and its input. */
export interface HotelCommand {
  readonly command: "AddRoom" | "BookRoom" | "CleanRoom" | "CheckIn"
  readonly input: { readonly room: { readonly id: number }; readonly client?: object; readonly date?: string }
}

export interface RoomNight {
  readonly room: { readonly id: number }
  readonly date: string
}

/** The endpoint path of each command. */
export const commandPaths: Readonly<Record<HotelCommand["command"], string>> = {
  AddRoom: "/mutation/add-room",
  BookRoom: "/mutation/book-room",
  CleanRoom: "/mutation/cleanup",
  CheckIn: "/mutation/checkin"
}

const firstDayMillis = Date.UTC(2020, 0, 1)
const dayMillis = 86_400_000
const night = (n: number): string => new Date(firstDayMillis + n * dayMillis).toISOString().slice(0, 10)

const hotRooms = 20
const coldRooms = 50
const coldFrom = 101

/** The rooms that are added first. */
export const rooms: ReadonlyArray<number> = [
  ...Array.from({ length: hotRooms }, (_, n) => 1 + n),
  ...Array.from({ length: coldRooms }, (_, n) => coldFrom + n)
]

const nightAt = (n: number, from: number, count: number): RoomNight => ({
  room: { id: from + (n % count) },
  date: night(Math.floor(n / count))
})

/** The n-th room-night with contention, and the n-th of a single worker. */
export const contestedNight = (n: number): RoomNight => nightAt(n, 1, hotRooms)
export const privateNight = (n: number): RoomNight => nightAt(n, coldFrom, coldRooms)

const clientCount = 3
const randomClient = Effect.map(Random.nextIntBetween(1, clientCount), (id) => ({ id }))

/** A random command on a room-night, often rejected. */
export const randomCommand = Effect.fnUntraced(function* (roomNight: RoomNight) {
  const client = yield* randomClient
  const roll = yield* Random.next
  if (roll < 0.03) {
    const id = yield* Random.nextIntBetween(1, 400)
    return { command: "AddRoom", input: { room: { id } } } as HotelCommand
  }
  if (roll < 0.05) {
    return { command: "BookRoom", input: { ...roomNight, client, room: { id: 9000 } } } as HotelCommand
  }
  if (roll < 0.45) return { command: "BookRoom", input: { ...roomNight, client } } as HotelCommand
  if (roll < 0.7) return { command: "CleanRoom", input: roomNight } as HotelCommand
  return { command: "CheckIn", input: { ...roomNight, client } } as HotelCommand
})

/** The commands of a regular stay. */
export const stayCommands = (roomNight: RoomNight, client: { readonly id: number }): ReadonlyArray<HotelCommand> => [
  { command: "BookRoom", input: { ...roomNight, client } },
  { command: "CleanRoom", input: roomNight },
  { command: "CheckIn", input: { ...roomNight, client } }
]
