import { Schema } from "effect"
import { RoomNight } from "#domain/boundaries.ts"
import { CleaningCalledOff } from "#domain/cleanup/CleaningCalledOff.ts"
import { CleaningPlan } from "#domain/cleanup/CleaningPlan.ts"
import { Command, Read } from "#domain/model/index.ts"
import { Night, Room } from "#domain/values.ts"

/** Does nothing if the night is booked again meanwhile: the team that was scheduled comes for the new booking. */
export const CallOffCleaning = Command.make({
  name: "CallOffCleaning",
  input: Schema.Struct({ room: Room, date: Night }),
  guards: { plan: Read.one(CleaningPlan, RoomNight) },
  emits: [CleaningCalledOff],
  rejects: [],
  decide: ({ plan: { booked, team } }, { room, date }) =>
    booked || !team ? [] : [new CleaningCalledOff({ room, date, team })]
})
