import { Schema } from "effect"
import { BookingCancelled } from "#domain/booking/BookingCancelled.ts"
import { GuestCheckedIn } from "#domain/booking/GuestCheckedIn.ts"
import { RoomAvailable } from "#domain/booking/RoomAvailable.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { RoomNight } from "#domain/boundaries.ts"
import { Command, Projection, Read } from "#domain/model/index.ts"
import { AlreadyCheckedIn } from "#domain/rejections.ts"
import { Client, Night, Room } from "#domain/values.ts"

export class RoomNotAvailable extends Schema.TaggedClass<RoomNotAvailable>()(
  "RoomNotAvailable",
  { room: Room, date: Night, because: Schema.Literals(["not booked", "not clean"]) },
  { description: "The room is not ready: it must be booked for that night, and clean." }
) {}

export class BookedBySomebodyElse extends Schema.TaggedClass<BookedBySomebodyElse>()(
  "BookedBySomebodyElse",
  { room: Room, date: Night, client: Client },
  { description: "Another guest booked this room for that night; only they can check in." }
) {}

const Stay = Projection.make({
  name: "Stay",
  reads: [RoomBooked, BookingCancelled, RoomAvailable, GuestCheckedIn],
  state: Schema.Struct({
    client: Schema.optionalKey(Client),
    ready: Schema.Boolean,
    checkedIn: Schema.Boolean
  }),
  initial: { ready: false, checkedIn: false },
  evolve: {
    RoomBooked: (stay, { client }) => ({ ...stay, client }),
    // The next guest finds the room as any other: it is cleaned for them.
    BookingCancelled: () => ({ ready: false, checkedIn: false }),
    RoomAvailable: (stay) => ({ ...stay, ready: true }),
    GuestCheckedIn: (stay) => ({ ...stay, checkedIn: true })
  }
})

export const CheckIn = Command.make({
  name: "CheckIn",
  input: Schema.Struct({ room: Room, client: Client, date: Night }),
  guards: { stay: Read.one(Stay, RoomNight) },
  emits: [GuestCheckedIn],
  rejects: [RoomNotAvailable, BookedBySomebodyElse, AlreadyCheckedIn],
  decide: ({ stay }, { room, client, date }) => {
    if (!stay.client) return new RoomNotAvailable({ room, date, because: "not booked" })
    if (stay.client.id !== client.id) return new BookedBySomebodyElse({ room, date, client })
    if (stay.checkedIn) return new AlreadyCheckedIn({ room, date })
    if (!stay.ready) return new RoomNotAvailable({ room, date, because: "not clean" })
    return [new GuestCheckedIn({ room, client, date })]
  }
})
