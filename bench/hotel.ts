import { Effect } from "effect"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { AddRoom } from "#features/hotel-booking/add-room/AddRoom.ts"
import { BookRoom } from "#features/hotel-booking/book-room/BookRoom.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import type { Commands } from "#layers/commands/Commands.ts"
import { accepted } from "./accepted.ts"
import { commandsOn, opened } from "./ground.ts"
import type { Ground } from "./Measure.ts"
import { type Booking, Nights } from "./nights.ts"
import { rawOf } from "./raw.ts"

/** Enough for 1.4 million room-nights. */
export const rooms = 20

const raw = rawOf(hotelBooking)

/** The message that `execute(BookRoom)` would write. */
export const rawBooking = (booking: Booking) => raw(new RoomBooked(booking), { command: "BookRoom", index: 1 })

export const book = (commands: Commands["Service"], booking: Booking) =>
  commands.execute(BookRoom, booking, { actor: "Guest" }).pipe(Effect.map(accepted(1)))

export const addRooms = (commands: Commands["Service"]) =>
  Effect.forEach(
    Array.from({ length: rooms }, (_, n) => ({ room: { id: n + 1 } })),
    (room) => commands.execute(AddRoom, room, { actor: "Manager" }),
    { concurrency: 64, discard: true }
  )

/** The hotel on a server of its own: its commands and its log, with rooms to book; nothing follows the log. */
export const hotel = Effect.fnUntraced(function* (ground: Ground) {
  const all = yield* opened(ground, hotelBooking)
  const commands = yield* commandsOn(hotelBooking, all)
  yield* addRooms(commands)
  return { ...all, commands, nights: new Nights(0, rooms) }
})
