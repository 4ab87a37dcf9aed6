import { BookingCancelled } from "#domain/booking/BookingCancelled.ts"
import { RoomAvailable } from "#domain/booking/RoomAvailable.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { CleaningCalledOff } from "#domain/cleanup/CleaningCalledOff.ts"
import { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import { RoomCleanedUp } from "#domain/cleanup/RoomCleanedUp.ts"
import type { Scenario } from "#domain/model/index.ts"
import { Night } from "#domain/values.ts"
import { type CleanRoom, RoomAlreadyClean, RoomNotBooked } from "./CleanRoom.ts"

const room = { id: 1 }
const date = Night.make("2022-12-12")
const booked = new RoomBooked({ room, client: { id: 1 }, date })
const cancelled = new BookingCancelled({ room, client: { id: 1 }, date })
const scheduled = new CleanUpScheduled({ room, date, team: "green" })

export const scenarios: Scenario.Named<Scenario.OfCommand<typeof CleanRoom>> = {
  "the room must be booked this day": { given: [], when: { room, date }, then: new RoomNotBooked({ room, date }) },
  "the room becomes available when done": {
    given: [booked, scheduled],
    when: { room, date },
    then: [new RoomCleanedUp({ room, date, team: "green" }), new RoomAvailable({ room, date })]
  },
  "nobody need be scheduled to clean it": {
    given: [booked],
    when: { room, date },
    then: [new RoomCleanedUp({ room, date }), new RoomAvailable({ room, date })]
  },
  "it is cleaned once": {
    given: [booked, new RoomCleanedUp({ room, date })],
    when: { room, date },
    then: new RoomAlreadyClean({ room, date })
  },
  "a booking that was cancelled needs no cleaning": {
    given: [booked, scheduled, cancelled],
    when: { room, date },
    then: new RoomNotBooked({ room, date })
  },
  "it is cleaned again for who books it after a cancellation": {
    given: [booked, scheduled, new RoomCleanedUp({ room, date, team: "green" }), cancelled, booked],
    when: { room, date },
    then: [new RoomCleanedUp({ room, date }), new RoomAvailable({ room, date })]
  },
  "the team comes if the night is booked again before its cleaning is called off": {
    given: [booked, scheduled, cancelled, booked],
    when: { room, date },
    then: [new RoomCleanedUp({ room, date, team: "green" }), new RoomAvailable({ room, date })]
  },
  "a team that was called off does not come": {
    given: [booked, scheduled, cancelled, new CleaningCalledOff({ room, date, team: "green" }), booked],
    when: { room, date },
    then: [new RoomCleanedUp({ room, date }), new RoomAvailable({ room, date })]
  }
}
