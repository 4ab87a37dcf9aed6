import { Effect } from "effect"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { AddRoom } from "#features/hotel-booking/add-room/AddRoom.ts"
import { BookRoom } from "#features/hotel-booking/book-room/BookRoom.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import type { Commands } from "#layers/commands/Commands.ts"
import { assertAccepted } from "../assertAccepted.ts"
import { commandsOn, openBoard } from "../environment.ts"
import type { Environment } from "../Measure.ts"
import { messageEncoder } from "../preparedMessages.ts"
import { type Booking, Nights } from "./nights.ts"

/** Enough for 1.4 million room-nights. */
export const roomCount = 20

const encodeRaw = messageEncoder(hotelBooking)

/** The message that `execute(BookRoom)` would write. */
export const rawBooking = (booking: Booking) => encodeRaw(new RoomBooked(booking), { command: "BookRoom", index: 1 })

export const book = (commands: Commands["Service"], booking: Booking) =>
  commands.execute(BookRoom, booking, { actor: "Guest" }).pipe(Effect.map(assertAccepted(1)))

export const addRooms = (commands: Commands["Service"]) =>
  Effect.forEach(
    Array.from({ length: roomCount }, (_, n) => ({ room: { id: n + 1 } })),
    (room) => commands.execute(AddRoom, room, { actor: "Manager" }),
    { concurrency: 64, discard: true }
  )

/** The hotel on a server of its own: its commands and its log, with rooms to book, without views and automations. */
export const openHotel = Effect.fnUntraced(function* (environment: Environment) {
  const resources = yield* openBoard(environment, hotelBooking)
  const commands = yield* commandsOn(hotelBooking, resources)
  yield* addRooms(commands)
  return { ...resources, commands, nights: new Nights(0, roomCount) }
})
