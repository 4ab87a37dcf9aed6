import { BookingCancelled } from "#domain/booking/BookingCancelled.ts"
import { CleaningCalledOff } from "#domain/cleanup/CleaningCalledOff.ts"
import { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import { RoomCleanedUp } from "#domain/cleanup/RoomCleanedUp.ts"
import type { Scenario } from "#domain/model/index.ts"
import { Night } from "#domain/values.ts"
import type { CleanupSchedule } from "./CleanupSchedule.ts"

const room = { id: 1 }
const date = Night.make("2022-12-12")
const cancelled = new BookingCancelled({ room, client: { id: 1 }, date })
const scheduled = new CleanUpScheduled({ room, date, team: "green" })

export const scenarios: Scenario.Named<Scenario.OfView<typeof CleanupSchedule, { readonly date: typeof Night }>> = {
  "a date without bookings has no cleaning": { given: [], at: { date }, then: { rooms: [] } },
  "the schedule plan contains the room": {
    given: [scheduled],
    at: { date },
    then: { rooms: [{ room, team: "green", done: false }] }
  },
  "the schedule plan shows what is done": {
    given: [
      new CleanUpScheduled({ room: { id: 2 }, date, team: "blue" }),
      scheduled,
      new RoomCleanedUp({ room, date, team: "green" })
    ],
    at: { date },
    then: {
      rooms: [
        { room, team: "green", done: true },
        { room: { id: 2 }, team: "blue", done: false }
      ]
    }
  },
  "a cleaning that is called off leaves the plan": {
    given: [
      scheduled,
      new CleanUpScheduled({ room: { id: 2 }, date, team: "blue" }),
      cancelled,
      new CleaningCalledOff({ room, date, team: "green" })
    ],
    at: { date },
    then: { rooms: [{ room: { id: 2 }, team: "blue", done: false }] }
  },
  "a cleaning stays on the plan until it is called off": {
    given: [scheduled, cancelled],
    at: { date },
    then: { rooms: [{ room, team: "green", done: false }] }
  },
  "a cleaning that was done leaves the plan when the booking is cancelled": {
    given: [scheduled, new RoomCleanedUp({ room, date, team: "green" }), cancelled],
    at: { date },
    then: { rooms: [] }
  },
  "a room that was clean before it was scheduled is listed as done": {
    given: [new RoomCleanedUp({ room, date })],
    at: { date },
    then: { rooms: [{ room, done: true }] }
  }
}
