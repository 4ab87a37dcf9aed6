import { Schema } from "effect"
import { Client, Night, Room } from "./values.ts"

// Rejections that several commands share. One that belongs to a single command is declared beside it.

export class RoomUnknown extends Schema.TaggedClass<RoomUnknown>()(
  "RoomUnknown",
  { room: Room },
  { description: "The hotel has no such room. Choose one from its list of rooms." }
) {}

export class RoomAlreadyBooked extends Schema.TaggedClass<RoomAlreadyBooked>()(
  "RoomAlreadyBooked",
  { room: Room, date: Night },
  { description: "This room is booked for that night already. Choose another room or another night." }
) {}

export class AlreadyCheckedIn extends Schema.TaggedClass<AlreadyCheckedIn>()(
  "AlreadyCheckedIn",
  { room: Room, date: Night },
  { description: "The guest has checked in already and has the key." }
) {}

export class BookingUnknown extends Schema.TaggedClass<BookingUnknown>()(
  "BookingUnknown",
  { room: Room, date: Night },
  { description: "Nobody has booked this room for that night, so there is no booking to cancel or to move." }
) {}

export class NotYourBooking extends Schema.TaggedClass<NotYourBooking>()(
  "NotYourBooking",
  { room: Room, date: Night, client: Client },
  { description: "Another guest booked this room for that night; only they can cancel or move the booking." }
) {}

export class SignedInAsAnother extends Schema.TaggedClass<SignedInAsAnother>()(
  "SignedInAsAnother",
  { client: Client },
  { description: "You are signed in as another guest. You can cancel and move only your own bookings." }
) {}

export class TooLateToChange extends Schema.TaggedClass<TooLateToChange>()(
  "TooLateToChange",
  { room: Room, date: Night },
  { description: "A booking can be cancelled or moved until the day before its night, by the date in UTC." }
) {}
