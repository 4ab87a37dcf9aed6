import { Bot } from "#domain/actors.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { Slice } from "#domain/model/index.ts"
import { scenarios } from "./scenarios.ts"
import { ScheduleCleaning } from "./ScheduleCleaning.ts"

export const scheduleCleaning = Slice.automation({
  title: "Bot schedules cleaning for the date",
  rules: [
    "react to booking",
    "assign the team for the date",
    "the schedule plan contains the room",
    "after a new booking cleaning is scheduled again"
  ],
  name: "schedule-cleaning",
  by: Bot,
  when: [RoomBooked],
  issues: ScheduleCleaning,
  react: ({ room, date }) => [{ room, date }],
  scenarios
})
