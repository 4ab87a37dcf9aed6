import { randomUUID } from "node:crypto"
import { Effect } from "effect"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { BookStay } from "#features/hotel-booking/book-stay/BookStay.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { assertAccepted } from "../assertAccepted.ts"
import { atLeast, make, throughput } from "../Measure.ts"
import { messageEncoder } from "../preparedMessages.ts"
import { publishBatch } from "../rawBatch.ts"
import { perSecond, perSecondOfPromises } from "../timing.ts"
import { openHotel, roomCount } from "./hotelFixture.ts"
import { type Booking, Stays } from "./nights.ts"

const encodeRaw = messageEncoder(hotelBooking)

/** The messages that BookStay writes for two nights, each under the guard of its own event stream. */
const stayMessages = (nights: ReadonlyArray<Booking>) => {
  const commandId = randomUUID()
  return nights.map((night, nth) => ({
    message: encodeRaw(new RoomBooked(night), { command: "BookStay", index: 1, commandId, nth }),
    position: 0
  }))
}

export const twoGuards = make({
  ...throughput,
  name: "two-guards",
  title: "BookStay of two nights: two events, each night guarded",
  against: "a raw atomic batch of the same two messages with the same guards, in one round trip",
  concurrency: [1, 64, 256],
  target: (concurrency) => atLeast(concurrency === 1 ? 0.9 : 1),
  warmUp: 500,
  setup: (environment) => Effect.map(openHotel(environment), (hotel) => ({ ...hotel, stays: new Stays(roomCount) })),
  ours: ({ commands, stays }, turn) => {
    const all = stays.take(turn.count)
    return perSecond(turn, (n) => {
      const { room, client, date: firstNight } = all[n]![0]!
      return commands
        .execute(BookStay, { room, client, firstNight, nights: 2 }, { actor: "Guest" })
        .pipe(Effect.map(assertAccepted(2)))
    })
  },
  baseline: ({ nats, stays }, turn) => {
    const all = stays.take(turn.count).map(stayMessages)
    return perSecondOfPromises(turn, (n) => publishBatch(nats, all[n]!))
  },
  settle: ({ settle }) => settle
})
