import { Manager } from "#domain/actors.ts"
import { Slice } from "#domain/model/index.ts"
import { Night } from "#domain/values.ts"
import { CleanupSchedule } from "./CleanupSchedule.ts"
import { scenarios } from "./scenarios.ts"

export const cleanupSchedule = Slice.view({
  title: "Manager looks at the cleaning of a date",
  rules: ["the schedule plan contains the room", "a cleaning that is called off leaves the plan"],
  by: Manager.gets("/cleanup-schedule/:date", "Cleaning calendar"),
  shows: CleanupSchedule,
  key: { date: Night },
  scenarios
})
