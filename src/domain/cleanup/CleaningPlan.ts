import { Schema } from "effect"
import { BookingCancelled } from "../booking/BookingCancelled.ts"
import { RoomBooked } from "../booking/RoomBooked.ts"
import { Projection } from "../model/index.ts"
import { Team } from "../values.ts"
import { CleaningCalledOff } from "./CleaningCalledOff.ts"
import { CleanUpScheduled } from "./CleanUpScheduled.ts"
import { RoomCleanedUp } from "./RoomCleanedUp.ts"

/** Whether a room needs cleaning for a night, which team is to come (`team`), and whether it is done. */
export const CleaningPlan = Projection.make({
  name: "CleaningPlan",
  reads: [RoomBooked, BookingCancelled, CleanUpScheduled, CleaningCalledOff, RoomCleanedUp],
  state: Schema.Struct({ booked: Schema.Boolean, clean: Schema.Boolean, team: Schema.optionalKey(Team) }),
  initial: { booked: false, clean: false },
  evolve: {
    RoomBooked: (plan) => ({ ...plan, booked: true }),
    // A team that has not cleaned yet stays scheduled until it is called off: somebody may book the night again before.
    BookingCancelled: ({ clean, ...plan }) =>
      clean ? { booked: false, clean: false } : { ...plan, booked: false, clean: false },
    CleanUpScheduled: (plan, { team }) => ({ ...plan, team }),
    CleaningCalledOff: ({ booked, clean }) => ({ booked, clean }),
    RoomCleanedUp: (plan) => ({ ...plan, clean: true })
  }
})
