import { BookingCancelled } from "#domain/booking/BookingCancelled.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { CleaningCalledOff } from "#domain/cleanup/CleaningCalledOff.ts"
import { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import { RoomCleanedUp } from "#domain/cleanup/RoomCleanedUp.ts"
import type { Scenario } from "#domain/model/index.ts"
import { Night } from "#domain/values.ts"
import type { CallOffCleaning } from "./CallOffCleaning.ts"

const room = { id: 1 }
const client = { id: 1 }
const date = Night.make("2022-12-12")
const booked = new RoomBooked({ room, client, date })
const scheduled = new CleanUpScheduled({ room, date, team: "green" })
const cancelled = new BookingCancelled({ room, client, date })
const calledOff = new CleaningCalledOff({ room, date, team: "green" })

export const scenarios: Scenario.Named<
  Scenario.OfAutomation<readonly [typeof BookingCancelled], typeof CallOffCleaning>
> = {
  "react to a cancellation": { given: [booked, scheduled, cancelled], when: cancelled, then: [calledOff] },
  "only what is scheduled is called off": { given: [booked, cancelled], when: cancelled, then: [] },
  "it is called off once": { given: [booked, scheduled, cancelled, calledOff], when: cancelled, then: [] },
  "a cleaning that is done is not called off": {
    given: [booked, scheduled, new RoomCleanedUp({ room, date, team: "green" }), cancelled],
    when: cancelled,
    then: []
  },
  "who books next keeps the team": { given: [booked, scheduled, cancelled, booked], when: cancelled, then: [] }
}
