import { Effect } from "effect"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { BookRoom } from "#features/hotel-booking/book-room/BookRoom.ts"
import { bulkLoad } from "../bulkLoad.ts"
import { atLeast, make, throughput } from "../Measure.ts"
import { readEventStream } from "../readEventStream.ts"
import { perSecond, perSecondOfPromises } from "../timing.ts"
import { openHotel, rawBooking } from "./hotelFixture.ts"

/** The number of nights booked past this process's cache. */
const bookedCount = 1000

export const rejection = make({
  ...throughput,
  name: "refusal",
  title: "a rejection: BookRoom on a night that is booked",
  against: "one direct read of the event stream",
  concurrency: [1, 64],
  target: () => atLeast(0.7),
  setup: (environment) =>
    Effect.gen(function* () {
      const world = yield* openHotel(environment)
      const bookings = world.nights.take(bookedCount)
      yield* Effect.tryPromise(() => bulkLoad(world.nats, bookings.map(rawBooking)))
      return { ...world, bookings, filters: bookings.map((booking) => rawBooking(booking).filter) }
    }),
  ours: ({ commands, bookings }, turn) =>
    perSecond(turn, (n) =>
      commands.execute(BookRoom, bookings[n % bookedCount]!, { actor: "Guest" }).pipe(
        Effect.flip,
        Effect.map((failure) => {
          if (failure._tag !== "Refused" || failure.rejection._tag !== "RoomAlreadyBooked") throw failure
        })
      )
    ),
  baseline: ({ manager, filters }, turn) =>
    perSecondOfPromises(turn, async (n) => {
      const { count } = await readEventStream(manager.direct, "hotel", filters[n % bookedCount]!)
      if (count !== 1) throw new Error(`expected a ${RoomBooked.identifier}, found ${count} events`)
    }),
  settle: ({ settle }) => settle
})
