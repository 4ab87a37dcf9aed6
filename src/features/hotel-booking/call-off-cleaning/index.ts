import { Bot } from "#domain/actors.ts"
import { BookingCancelled } from "#domain/booking/BookingCancelled.ts"
import { Slice } from "#domain/model/index.ts"
import { CallOffCleaning } from "./CallOffCleaning.ts"
import { scenarios } from "./scenarios.ts"

export const callOffCleaning = Slice.automation({
  title: "Bot calls off the cleaning of a cancelled booking",
  rules: ["react to a cancellation", "only what is scheduled is called off", "who books next keeps the team"],
  name: "call-off-cleaning",
  by: Bot,
  when: [BookingCancelled],
  issues: CallOffCleaning,
  react: ({ room, date }) => [{ room, date }],
  scenarios
})
