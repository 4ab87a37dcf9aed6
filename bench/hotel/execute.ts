import { Effect } from "effect"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { assertSameHeaders } from "../assertSameHeaders.ts"
import { atLeast, make, throughput } from "../Measure.ts"
import { publish } from "../preparedMessages.ts"
import { perSecond, perSecondOfPromises } from "../timing.ts"
import { book, openHotel, rawBooking } from "./hotelFixture.ts"

const targets: Readonly<Record<number, number>> = { 1: 0.9, 64: 1, 256: 1.5 }

export const execute = make({
  ...throughput,
  name: "execute",
  title: "execute(BookRoom) on new room-nights",
  against: "js.publish of the same message with the same expected sequence",
  concurrency: [1, 64, 256],
  target: (concurrency) => atLeast(targets[concurrency]!),
  setup: (environment) =>
    Effect.gen(function* () {
      const world = yield* openHotel(environment)
      const [mine, raw] = world.nights.take(2)
      yield* book(world.commands, mine!)
      yield* Effect.tryPromise(() => publish(world.js, rawBooking(raw!), 0))
      yield* Effect.tryPromise(() => assertSameHeaders(world.manager, Subject.logFilter(hotelBooking), "RoomBooked"))
      return world
    }),
  ours: ({ commands, nights }, turn) => {
    const bookings = nights.take(turn.count)
    return perSecond(turn, (n) => book(commands, bookings[n]!))
  },
  baseline: ({ js, nights }, turn) => {
    const messages = nights.take(turn.count).map(rawBooking)
    return perSecondOfPromises(turn, (n) => publish(js, messages[n]!, 0))
  },
  settle: ({ settle }) => settle
})
