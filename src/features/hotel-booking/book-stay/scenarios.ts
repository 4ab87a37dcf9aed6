import { RoomAdded } from "#domain/admin/RoomAdded.ts"
import { BookingCancelled } from "#domain/booking/BookingCancelled.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import type { Scenario } from "#domain/model/index.ts"
import { RoomAlreadyBooked, RoomUnknown } from "#domain/rejections.ts"
import { Night } from "#domain/values.ts"
import { type BookStay, StayTooLate } from "./BookStay.ts"

const room = { id: 1 }
const ann = { id: 1 }
const bob = { id: 2 }
const added = new RoomAdded({ room })
const [first, second, third] = ["2022-12-30", "2022-12-31", "2023-01-01"].map((night) => Night.make(night)) as [
  Night,
  Night,
  Night
]
const stay = { room, client: ann, firstNight: first, nights: 3 }
const bookedBy = (client: typeof ann, date: Night) => new RoomBooked({ room, client, date })

export const scenarios: Scenario.Named<Scenario.OfCommand<typeof BookStay>> = {
  "the room must exist": { given: [], when: stay, then: new RoomUnknown({ room }) },
  "every night is booked, or none": {
    given: [added, bookedBy(bob, third), bookedBy(bob, second)],
    when: stay,
    then: new RoomAlreadyBooked({ room, date: second })
  },
  "every night is booked": {
    given: [added],
    when: stay,
    then: [bookedBy(ann, first), bookedBy(ann, second), bookedBy(ann, third)]
  },
  "one night is a stay": {
    given: [added],
    when: { ...stay, nights: 1 },
    then: [bookedBy(ann, first)]
  },
  "who booked a night may not book it again": {
    given: [added, bookedBy(ann, first)],
    when: stay,
    then: new RoomAlreadyBooked({ room, date: first })
  },
  "a night is free again after a cancellation": {
    given: [added, bookedBy(bob, first), new BookingCancelled({ room, client: bob, date: first })],
    when: { ...stay, nights: 1 },
    then: [bookedBy(ann, first)]
  },
  "a stay ends within the calendar": {
    given: [added],
    when: { ...stay, firstNight: Night.make("2099-12-30") },
    then: new StayTooLate({ firstNight: Night.make("2099-12-30"), nights: 3, lastNight: Night.make("2099-12-31") })
  },
  "the last night of the calendar can be booked": {
    given: [added],
    when: { ...stay, firstNight: Night.make("2099-12-31"), nights: 1 },
    then: [bookedBy(ann, Night.make("2099-12-31"))]
  }
}
