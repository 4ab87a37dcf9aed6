import { Schema } from "effect"
import { RoomAvailable } from "#domain/booking/RoomAvailable.ts"
import { RoomNight } from "#domain/boundaries.ts"
import { CleaningPlan } from "#domain/cleanup/CleaningPlan.ts"
import { RoomCleanedUp } from "#domain/cleanup/RoomCleanedUp.ts"
import { Command, Read } from "#domain/model/index.ts"
import { Night, Room } from "#domain/values.ts"

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

/** Emits events of two lanes atomically: the room is cleaned and becomes available together, or neither happens. */
export const CleanRoom = Command.make({
  name: "CleanRoom",
  input: Schema.Struct({ room: Room, date: Night }),
  guards: { plan: Read.one(CleaningPlan, RoomNight) },
  emits: [RoomCleanedUp, RoomAvailable],
  rejects: [RoomNotBooked, RoomAlreadyClean],
  decide: ({ plan: { booked, clean, team } }, { room, date }) => {
    if (!booked) return new RoomNotBooked({ room, date })
    if (clean) return new RoomAlreadyClean({ room, date })
    return [new RoomCleanedUp({ room, date, ...(team && { team }) }), new RoomAvailable({ room, date })]
  }
})
