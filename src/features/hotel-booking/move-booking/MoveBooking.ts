import { Schema } from "effect"
import { RoomExists } from "#domain/admin/RoomExists.ts"
import { BookingCancelled } from "#domain/booking/BookingCancelled.ts"
import { changeRejections, whyNotToChange } from "#domain/booking/changeRules.ts"
import { Occupancy } from "#domain/booking/Occupancy.ts"
import { Reservation } from "#domain/booking/Reservation.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { RoomBoundary, RoomNight } from "#domain/boundaries.ts"
import { Command, Read } from "#domain/model/index.ts"
import { RoomAlreadyBooked, RoomUnknown } from "#domain/rejections.ts"
import { Client, Night, Room } from "#domain/values.ts"

/** Gives up the night in one room and books it in another, or neither: both nights are guarded. */
export const MoveBooking = Command.make({
  name: "MoveBooking",
  input: Schema.Struct({ room: Room, newRoom: Room, client: Client, date: Night }),
  guards: {
    reservation: Read.one(Reservation, RoomNight),
    newNight: Read.at(Occupancy, RoomNight, { room: "newRoom" })
  },
  trusts: { exists: Read.at(RoomExists, RoomBoundary, { room: "newRoom" }) },
  emits: [BookingCancelled, RoomBooked],
  rejects: [...changeRejections, RoomUnknown, RoomAlreadyBooked],
  decide: ({ exists, newNight, reservation }, { room, newRoom, client, date }, context) => {
    const rejection = whyNotToChange(reservation, { room, client, date }, context)
    if (rejection) return rejection
    // The guest has what they ask for; a cancellation would only call off the cleaning and schedule it again.
    if (newRoom.id === room.id) return []
    if (!exists) return new RoomUnknown({ room: newRoom })
    if (newNight === "booked") return new RoomAlreadyBooked({ room: newRoom, date })
    return [new BookingCancelled({ room, client, date }), new RoomBooked({ room: newRoom, client, date })]
  }
})
