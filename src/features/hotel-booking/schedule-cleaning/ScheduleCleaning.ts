import { Schema } from "effect"
import { RoomNight } from "#domain/boundaries.ts"
import { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import { RoomCleanedUp } from "#domain/cleanup/RoomCleanedUp.ts"
import { teamFor } from "#domain/cleanup/teams.ts"
import { Command, Projection, Read } from "#domain/model/index.ts"
import { Night, Room } from "#domain/values.ts"

const CleaningPlan = Projection.make({
  name: "CleaningPlan",
  reads: [CleanUpScheduled, RoomCleanedUp],
  state: Schema.Literals(["open", "settled"]),
  initial: "open",
  evolve: { CleanUpScheduled: () => "settled", RoomCleanedUp: () => "settled" }
})

export const ScheduleCleaning = Command.make({
  name: "ScheduleCleaning",
  input: Schema.Struct({ room: Room, date: Night }),
  guards: { plan: Read.one(CleaningPlan, RoomNight) },
  emits: [CleanUpScheduled],
  rejects: [],
  decide: ({ plan }, { room, date }) =>
    plan === "settled" ? [] : [new CleanUpScheduled({ room, date, team: teamFor(room, date) })]
})
