import type { JetStreamClient } from "@nats-io/jetstream"
import { Context, Effect } from "effect"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { startRuntime } from "../environment.ts"
import { make } from "../Measure.ts"
import { medianAndP99, paced } from "../timing.ts"
import { book, openHotel } from "./hotelFixture.ts"

const rate = 200
const millisOf = (nanos: number) => nanos / 1e6

/** Milliseconds from each booking to its scheduled cleaning, by the log's timestamps. */
const reactionMillis = async (js: JetStreamClient, after: number, count: number): Promise<ReadonlyArray<number>> => {
  const consumer = await js.consumers.get("hotel", {
    filter_subjects: ["hotel.room-night.booking.*.room-booked", "hotel.room-night.cleanup.*.clean-up-scheduled"],
    opt_start_seq: after + 1
  })
  const booked = new Map<string, number>()
  const millis: Array<number> = []
  const messages = await consumer.consume()
  for await (const { subject, info } of messages) {
    const nightKey = subject.split(".")[3]!
    if (subject.endsWith(".room-booked")) booked.set(nightKey, info.timestampNanos)
    else millis.push(millisOf(info.timestampNanos - booked.get(nightKey)!))
    if (millis.length === count) break
  }
  await messages.close()
  return millis
}

export const bot = make({
  name: "bot",
  title: `booked, until the bot has scheduled: p50, at ${rate} bookings a second`,
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
      return { ...world, commands: Context.get(running, Commands) }
    }),
  ours: ({ commands, nights, js, manager }, { count }) =>
    Effect.gen(function* () {
      const { state } = yield* Effect.tryPromise(() => manager.streams.info("hotel"))
      const bookings = nights.take(count)
      yield* paced(rate, count, (n) => book(commands, bookings[n]!))
      return yield* Effect.tryPromise(() => reactionMillis(js, state.last_seq, count)).pipe(
        Effect.timeout("60 seconds"),
        Effect.map(medianAndP99)
      )
    }),
  settle: ({ settle }) => settle
})
