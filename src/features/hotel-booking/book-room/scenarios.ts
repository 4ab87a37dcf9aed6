import { RoomAdded } from "#domain/admin/RoomAdded.ts"
import { BookingCancelled } from "#domain/booking/BookingCancelled.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import type { Scenario } from "#domain/model/index.ts"
import { RoomAlreadyBooked, RoomUnknown } from "#domain/rejections.ts"
import { Night } from "#domain/values.ts"
import type { BookRoom } from "./BookRoom.ts"

const room = { id: 1 }
const ann = { id: 1 }
const bob = { id: 2 }
const date = Night.make("2022-12-12")

export const scenarios: Scenario.Named<Scenario.OfCommand<typeof BookRoom>> = {
  "the room must exist": {
    given: [],
    when: { room, client: ann, date },
    then: new RoomUnknown({ room })
  },
  "it should be booked once": {
    given: [new RoomAdded({ room }), new RoomBooked({ room, client: ann, date })],
    when: { room, client: bob, date },
    then: new RoomAlreadyBooked({ room, date })
  },
  "the booking process must be auditable": {
    given: [new RoomAdded({ room })],
    when: { room, client: ann, date },
    then: [new RoomBooked({ room, client: ann, date })]
  },
  "a night is free again after a cancellation": {
    given: [
      new RoomAdded({ room }),
      new RoomBooked({ room, client: ann, date }),
      new BookingCancelled({ room, client: ann, date })
    ],
    when: { room, client: bob, date },
    then: [new RoomBooked({ room, client: bob, date })]
  },
  "who booked it may not book it again": {
    given: [new RoomAdded({ room }), new RoomBooked({ room, client: ann, date })],
    when: { room, client: ann, date },
    then: new RoomAlreadyBooked({ room, date })
  }
}
