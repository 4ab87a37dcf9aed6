import { Schema } from "effect"
import { BookingCancelled } from "#domain/booking/BookingCancelled.ts"
import { changeRejections, whyNotToChange } from "#domain/booking/changeRules.ts"
import { Reservation } from "#domain/booking/Reservation.ts"
import { RoomNight } from "#domain/boundaries.ts"
import { Command, Read } from "#domain/model/index.ts"
import { Client, Night, Room } from "#domain/values.ts"

export const CancelBooking = Command.make({
  name: "CancelBooking",
  input: Schema.Struct({ room: Room, client: Client, date: Night }),
  guards: { reservation: Read.one(Reservation, RoomNight) },
  emits: [BookingCancelled],
  rejects: changeRejections,
  decide: ({ reservation }, { room, client, date }, context) =>
    whyNotToChange(reservation, { room, client, date }, context) ?? [new BookingCancelled({ room, client, date })]
})
