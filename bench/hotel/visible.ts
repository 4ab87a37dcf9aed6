import { Context, Effect } from "effect"
import { booking } from "#features/hotel-booking/booking/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { Views } from "#layers/views/Views.ts"
import { startRuntime } from "../environment.ts"
import { make } from "../Measure.ts"
import { medianAndP99, paced } from "../timing.ts"
import { book, openHotel } from "./hotelFixture.ts"

const rate = 200

export const visible = make({
  name: "visible",
  title: `booked, until a reader with ?after sees it: p50, at ${rate} bookings a second`,
  unit: "ms",
  concurrency: [rate],
  syncs: ["2m", "always"],
  rounds: 3,
  warmUp: 400,
  count: 5 * rate,
  setup: (environment) =>
    Effect.gen(function* () {
      const world = yield* openHotel(environment)
      const running = yield* startRuntime(hotelBooking, world)
      return { ...world, commands: Context.get(running, Commands), views: Context.get(running, Views) }
    }),
  ours: ({ commands, views, nights }, { count }) => {
    const bookings = nights.take(count)
    const timeUntilVisible = Effect.fnUntraced(function* (n: number) {
      const { room, client, date } = bookings[n]!
      const { seq } = yield* book(commands, { room, client, date })
      const begin = performance.now()
      const row = yield* views.get(booking, { room, date }, seq)
      if (row.availability !== "booked") throw new Error(`night ${date} is ${row.availability} after ${seq}`)
      return performance.now() - begin
    })
    return Effect.map(paced(rate, count, timeUntilVisible), medianAndP99)
  },
  settle: ({ settle }) => settle
})
