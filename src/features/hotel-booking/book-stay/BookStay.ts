import { Schema } from "effect"
import { RoomExists } from "#domain/admin/RoomExists.ts"
import { Occupancy } from "#domain/booking/Occupancy.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { RoomBoundary, RoomNight } from "#domain/boundaries.ts"
import { Command, Read } from "#domain/model/index.ts"
import { RoomAlreadyBooked, RoomUnknown } from "#domain/rejections.ts"
import { nightsFrom } from "#domain/stayNights.ts"
import { Client, Night, Nights, Room } from "#domain/values.ts"

export class StayTooLate extends Schema.TaggedClass<StayTooLate>()(
  "StayTooLate",
  { firstNight: Night, nights: Nights, lastNight: Night },
  { description: "The stay would end after the last night that can be booked. Choose fewer or earlier nights." }
) {}

const input = Schema.Struct({ room: Room, client: Client, firstNight: Night, nights: Nights })
const nightsOf = ({ room, firstNight, nights }: Pick<typeof input.Type, "room" | "firstNight" | "nights">) =>
  nightsFrom(firstNight, nights).map((date) => ({ room, date }))

/** Books every night of a stay or none: each night is guarded. */
export const BookStay = Command.make({
  name: "BookStay",
  input,
  guards: { stay: Read.each(Occupancy, RoomNight, nightsOf) },
  trusts: { exists: Read.one(RoomExists, RoomBoundary) },
  emits: [RoomBooked],
  rejects: [RoomUnknown, StayTooLate, RoomAlreadyBooked],
  decide: ({ exists, stay }, { room, client, firstNight, nights }) => {
    if (!exists) return new RoomUnknown({ room })
    if (stay.length < nights) return new StayTooLate({ firstNight, nights, lastNight: stay.at(-1)!.key.date })
    const taken = stay.find(({ state }) => state === "booked")
    if (taken) return new RoomAlreadyBooked(taken.key)
    return stay.map(({ key: { date } }) => new RoomBooked({ room, client, date }))
  }
})
