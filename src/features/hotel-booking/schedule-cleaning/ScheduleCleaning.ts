import { Schema } from "effect"
import { RoomNight } from "#domain/boundaries.ts"
import { CleaningPlan } from "#domain/cleanup/CleaningPlan.ts"
import { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import { teamFor } from "#domain/cleanup/teams.ts"
import { Command, Read } from "#domain/model/index.ts"
import { Night, Room } from "#domain/values.ts"

export const ScheduleCleaning = Command.make({
  name: "ScheduleCleaning",
  input: Schema.Struct({ room: Room, date: Night }),
  guards: { plan: Read.one(CleaningPlan, RoomNight) },
  emits: [CleanUpScheduled],
  rejects: [],
  decide: ({ plan: { booked, clean, team } }, { room, date }) =>
    !booked || clean || team ? [] : [new CleanUpScheduled({ room, date, team: teamFor(room, date) })]
})
