import { Schema } from "effect"
import { RoomAdded } from "#domain/admin/RoomAdded.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { RoomNight } from "#domain/boundaries.ts"
import { Command, Projection } from "#domain/model/index.ts"
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

const Vacancy = Projection.make({
  name: "Vacancy",
  reads: [RoomAdded, RoomBooked],
  state: Schema.Struct({ exists: Schema.Boolean, booked: Schema.Boolean }),
  initial: { exists: false, booked: false },
  evolve: {
    RoomAdded: (vacancy) => ({ ...vacancy, exists: true }),
    RoomBooked: (vacancy) => ({ ...vacancy, booked: true })
  }
})

/** Whether the room exists is an unguarded read: rooms are never removed. */
export const BookRoom = Command.make({
  name: "BookRoom",
  input: Schema.Struct({ room: Room, client: Client, date: Night }),
  guards: RoomNight,
  state: Vacancy,
  emits: [RoomBooked],
  rejects: [RoomUnknown, RoomAlreadyBooked],
  decide: ({ exists, booked }, { room, client, date }) => {
    if (!exists) return new RoomUnknown({ room })
    if (booked) return new RoomAlreadyBooked({ room, date })
    return [new RoomBooked({ room, client, date })]
  }
})
