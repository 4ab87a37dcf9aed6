import { Schema } from "effect"
import { RoomExists } from "#domain/admin/RoomExists.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { RoomBoundary, RoomNight } from "#domain/boundaries.ts"
import { Command, Projection, Read } from "#domain/model/index.ts"
import { Client, Night, Room } from "#domain/values.ts"

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

const Occupancy = Projection.make({
  name: "Occupancy",
  reads: [RoomBooked],
  state: Schema.Literals(["free", "booked"]),
  initial: "free",
  evolve: { RoomBooked: () => "booked" }
})

export const BookRoom = Command.make({
  name: "BookRoom",
  input: Schema.Struct({ room: Room, client: Client, date: Night }),
  guards: { night: Read.one(Occupancy, RoomNight) },
  trusts: { exists: Read.one(RoomExists, RoomBoundary) },
  emits: [RoomBooked],
  rejects: [RoomUnknown, RoomAlreadyBooked],
  decide: ({ exists, night }, { room, client, date }) => {
    if (!exists) return new RoomUnknown({ room })
    if (night === "booked") return new RoomAlreadyBooked({ room, date })
    return [new RoomBooked({ room, client, date })]
  }
})
