import { BookingCancelled } from "#domain/booking/BookingCancelled.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { CleaningCalledOff } from "#domain/cleanup/CleaningCalledOff.ts"
import { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import { RoomCleanedUp } from "#domain/cleanup/RoomCleanedUp.ts"
import type { Scenario } from "#domain/model/index.ts"
import { Night } from "#domain/values.ts"
import type { ScheduleCleaning } from "./ScheduleCleaning.ts"

const room = { id: 1 }
const client = { id: 1 }
const date = Night.make("2022-12-12")
const booked = new RoomBooked({ room, client, date })
const cancelled = new BookingCancelled({ room, client, date })
const scheduled = new CleanUpScheduled({ room, date, team: "green" })
const calledOff = new CleaningCalledOff({ room, date, team: "green" })
const nextDoor = new RoomBooked({ room: { id: 2 }, client, date })

export const scenarios: Scenario.Named<Scenario.OfAutomation<readonly [typeof RoomBooked], typeof ScheduleCleaning>> = {
  "react to booking": {
    given: [booked],
    when: booked,
    then: [new CleanUpScheduled({ room, date, team: "green" })]
  },
  "assign the team for the date": {
    given: [nextDoor],
    when: nextDoor,
    then: [new CleanUpScheduled({ room: { id: 2 }, date, team: "blue" })]
  },
  "it is scheduled once": {
    given: [booked, scheduled],
    when: booked,
    then: []
  },
  "a room that is clean already is not scheduled": {
    given: [booked, new RoomCleanedUp({ room, date })],
    when: booked,
    then: []
  },
  "a booking that was cancelled before the bot reacted is not scheduled": {
    given: [booked, cancelled],
    when: booked,
    then: []
  },
  "after a new booking cleaning is scheduled again": {
    given: [booked, scheduled, cancelled, calledOff, booked],
    when: booked,
    then: [scheduled]
  },
  "it stays scheduled if the night is booked again before it is called off": {
    given: [booked, scheduled, cancelled, booked],
    when: booked,
    then: []
  },
  "a room that was clean for a cancelled booking is cleaned again": {
    given: [booked, scheduled, new RoomCleanedUp({ room, date, team: "green" }), cancelled, booked],
    when: booked,
    then: [scheduled]
  }
}
