import { Effect } from "effect"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { BookRoom } from "#features/hotel-booking/book-room/BookRoom.ts"
import { fill } from "../fill.ts"
import { hotel, rawBooking } from "../hotel.ts"
import { atLeast, make, throughput } from "../Measure.ts"
import { readPlace } from "../readPlace.ts"
import { perSecond, perSecondOfPromises } from "../timing.ts"

/** Nights that are booked, without this process knowing of it. */
const booked = 1000

export const refusal = make({
  ...throughput,
  name: "refusal",
  title: "a refusal: BookRoom on a night that is booked",
  against: "one direct read of the place",
  concurrency: [1, 64],
  reach: () => atLeast(0.7),
  setup: (ground) =>
    Effect.gen(function* () {
      const world = yield* hotel(ground)
      const bookings = world.nights.take(booked)
      yield* Effect.tryPromise(() => fill(world.nats, bookings.map(rawBooking)))
      return { ...world, bookings, filters: bookings.map((booking) => rawBooking(booking).filter) }
    }),
  ours: ({ commands, bookings }, turn) =>
    perSecond(turn, (n) =>
      commands.execute(BookRoom, bookings[n % booked]!, { actor: "Guest" }).pipe(
        Effect.flip,
        Effect.map((failure) => {
          if (failure._tag !== "Refused" || failure.refusal._tag !== "RoomAlreadyBooked") throw failure
        })
      )
    ),
  limit: ({ manager, filters }, turn) =>
    perSecondOfPromises(turn, async (n) => {
      const { count } = await readPlace(manager.direct, "hotel", filters[n % booked]!)
      if (count !== 1) throw new Error(`expected a ${RoomBooked.identifier}, found ${count} facts`)
    }),
  settle: ({ settle }) => settle
})
