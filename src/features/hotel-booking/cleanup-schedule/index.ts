import { Manager } from "#domain/actors.ts"
import { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import { RoomCleanedUp } from "#domain/cleanup/RoomCleanedUp.ts"
import { Slice } from "#domain/model/index.ts"
import { Night } from "#domain/values.ts"
import { CleanupSchedule } from "./CleanupSchedule.ts"

const room = { id: 1 }
const date = Night.make("2022-12-12")
const scheduled = new CleanUpScheduled({ room, date, team: "green" })

export const cleanupSchedule = Slice.view({
  title: "Manager looks at the cleaning of a date",
  rules: ["the schedule plan contains the room"],
  by: Manager.gets("/cleanup-schedule/:date", "Cleaning calendar"),
  shows: CleanupSchedule,
  key: { date: Night },
  scenarios: {
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
    "a room that was clean before it was scheduled stands there as done": {
      given: [new RoomCleanedUp({ room, date })],
      at: { date },
      then: { rooms: [{ room, done: true }] }
    }
  }
})
