import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import { RoomCleanedUp } from "#domain/cleanup/RoomCleanedUp.ts"
import type { Scenario } from "#domain/model/index.ts"
import { Night } from "#domain/values.ts"
import type { ScheduleCleaning } from "./ScheduleCleaning.ts"

const room = { id: 1 }
const client = { id: 1 }
const date = Night.make("2022-12-12")
const booked = new RoomBooked({ room, client, date })
const nextDoor = new RoomBooked({ room: { id: 2 }, client, date })

export const scenarios: Scenario.Named<Scenario.OfAutomation<readonly [typeof RoomBooked], typeof ScheduleCleaning>> = {
  "react to booking": {
    given: [],
    when: booked,
    then: [new CleanUpScheduled({ room, date, team: "green" })]
  },
  "assign the team for the date": {
    given: [],
    when: nextDoor,
    then: [new CleanUpScheduled({ room: { id: 2 }, date, team: "blue" })]
  },
  "it is scheduled once": {
    given: [new CleanUpScheduled({ room, date, team: "green" })],
    when: booked,
    then: []
  },
  "a room that is clean already is not scheduled": {
    given: [new RoomCleanedUp({ room, date })],
    when: booked,
    then: []
  }
}
