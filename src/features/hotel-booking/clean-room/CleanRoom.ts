import { Schema } from "effect"
import { RoomAvailable } from "#domain/booking/RoomAvailable.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { RoomNight } from "#domain/boundaries.ts"
import { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import { RoomCleanedUp } from "#domain/cleanup/RoomCleanedUp.ts"
import { Command, Projection, Read } from "#domain/model/index.ts"
import { Night, Room, Team } from "#domain/values.ts"

export class RoomNotBooked extends Schema.TaggedClass<RoomNotBooked>()(
  "RoomNotBooked",
  { room: Room, date: Night },
  { description: "Nobody booked this room for that night, so there is nothing to clean it for." }
) {}

export class RoomAlreadyClean extends Schema.TaggedClass<RoomAlreadyClean>()(
  "RoomAlreadyClean",
  { room: Room, date: Night },
  { description: "The room was cleaned for that night already." }
) {}

const Cleaning = Projection.make({
  name: "Cleaning",
  reads: [RoomBooked, CleanUpScheduled, RoomCleanedUp],
  state: Schema.Struct({ booked: Schema.Boolean, clean: Schema.Boolean, team: Schema.optionalKey(Team) }),
  initial: { booked: false, clean: false },
  evolve: {
    RoomBooked: (cleaning) => ({ ...cleaning, booked: true }),
    CleanUpScheduled: (cleaning, { team }) => ({ ...cleaning, team }),
    RoomCleanedUp: (cleaning) => ({ ...cleaning, clean: true })
  }
})

/** Emits events of two lanes atomically: the room is cleaned and becomes available together, or neither happens. */
export const CleanRoom = Command.make({
  name: "CleanRoom",
  input: Schema.Struct({ room: Room, date: Night }),
  guards: { cleaning: Read.one(Cleaning, RoomNight) },
  emits: [RoomCleanedUp, RoomAvailable],
  rejects: [RoomNotBooked, RoomAlreadyClean],
  decide: ({ cleaning: { booked, clean, team } }, { room, date }) => {
    if (!booked) return new RoomNotBooked({ room, date })
    if (clean) return new RoomAlreadyClean({ room, date })
    return [new RoomCleanedUp({ room, date, ...(team && { team }) }), new RoomAvailable({ room, date })]
  }
})
