import { randomUUID } from "node:crypto"
import { Effect } from "effect"
import { RoomAvailable } from "#domain/booking/RoomAvailable.ts"
import { RoomCleanedUp } from "#domain/cleanup/RoomCleanedUp.ts"
import { CleanRoom } from "#features/hotel-booking/clean-room/CleanRoom.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { assertAccepted } from "../assertAccepted.ts"
import { bulkLoad } from "../bulkLoad.ts"
import { atLeast, make, throughput } from "../Measure.ts"
import { messageEncoder, type PreparedMessage } from "../preparedMessages.ts"
import { publishBatch } from "../rawBatch.ts"
import { perSecond, perSecondOfPromises } from "../timing.ts"
import { book, openHotel, rawBooking } from "./hotelFixture.ts"
import type { Booking } from "./nights.ts"

const encodeRaw = messageEncoder(hotelBooking)

/** The messages that CleanRoom writes. */
const cleaningMessages = ({ room, date }: Booking): readonly [PreparedMessage, PreparedMessage] => {
  const commandId = randomUUID()
  return [
    encodeRaw(new RoomCleanedUp({ room, date }), { command: "CleanRoom", index: 2, commandId }),
    encodeRaw(new RoomAvailable({ room, date }), { command: "CleanRoom", index: 3, commandId, nth: 1 })
  ]
}

export const batch = make({
  ...throughput,
  name: "batch",
  title: "CleanRoom: two events in two lanes, atomically",
  against: "a raw atomic batch of the same two messages in one round trip",
  concurrency: [1, 32],
  target: () => atLeast(0.9),
  warmUp: 500,
  setup: openHotel,
  ours: ({ commands, nights, settle }, turn) =>
    Effect.gen(function* () {
      const bookings = nights.take(turn.count)
      yield* Effect.forEach(bookings, (booking) => book(commands, booking), { concurrency: 64, discard: true })
      yield* settle
      return yield* perSecond(turn, (n) => {
        const { room, date } = bookings[n]!
        return commands.execute(CleanRoom, { room, date }, { actor: "Manager" }).pipe(Effect.map(assertAccepted(2)))
      })
    }),
  baseline: ({ nats, nights, settle }, turn) =>
    Effect.gen(function* () {
      const bookings = nights.take(turn.count)
      const last = yield* Effect.tryPromise(() => bulkLoad(nats, bookings.map(rawBooking)))
      const messages = bookings.map(cleaningMessages)
      yield* settle
      return yield* perSecondOfPromises(turn, (n) => {
        const [one, two] = messages[n]!
        return publishBatch(nats, [{ message: one, position: last - bookings.length + 1 + n }, { message: two }])
      })
    }),
  settle: ({ settle }) => settle
})
