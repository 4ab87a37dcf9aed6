import { Schema } from "effect"
import { RoomExists } from "#domain/admin/RoomExists.ts"
import { Occupancy } from "#domain/booking/Occupancy.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { RoomBoundary, RoomNight } from "#domain/boundaries.ts"
import { Command, Read } from "#domain/model/index.ts"
import { RoomAlreadyBooked, RoomUnknown } from "#domain/rejections.ts"
import { Client, Night, Room } from "#domain/values.ts"

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
