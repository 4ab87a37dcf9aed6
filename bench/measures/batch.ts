import { randomUUID } from "node:crypto"
import type { NatsConnection } from "@nats-io/transport-node"
import { nuid } from "@nats-io/transport-node"
import { Effect } from "effect"
import { RoomAvailable } from "#domain/booking/RoomAvailable.ts"
import { RoomCleanedUp } from "#domain/cleanup/RoomCleanedUp.ts"
import { CleanRoom } from "#features/hotel-booking/clean-room/CleanRoom.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { assertAccepted } from "../assertAccepted.ts"
import { bulkLoad } from "../bulkLoad.ts"
import { book, openHotel, rawBooking } from "../hotelFixture.ts"
import { atLeast, make, throughput } from "../Measure.ts"
import type { Booking } from "../nights.ts"
import { headersOf, type PreparedMessage, messageEncoder } from "../preparedMessages.ts"
import { perSecond, perSecondOfPromises } from "../timing.ts"

const encodeRaw = messageEncoder(hotelBooking)

/** The messages that CleanRoom writes. */
const cleaningMessages = ({ room, date }: Booking): readonly [PreparedMessage, PreparedMessage] => {
  const commandId = randomUUID()
  return [
    encodeRaw(new RoomCleanedUp({ room, date }), { command: "CleanRoom", index: 2, commandId }),
    encodeRaw(new RoomAvailable({ room, date }), { command: "CleanRoom", index: 3, commandId, nth: 1 })
  ]
}

/** An atomic batch of two in one round trip; the client's own `startBatch` needs two round trips. */
const publishBoth = async (
  nats: NatsConnection,
  [one, two]: readonly [PreparedMessage, PreparedMessage],
  position: number
) => {
  const batch = nuid.next()
  const [first, last] = [one, two].map((message, n) => {
    const headers = headersOf(message)
    headers.append("Nats-Msg-Id", message.id)
    headers.append("Nats-Batch-Id", batch)
    headers.append("Nats-Batch-Sequence", String(n + 1))
    return headers
  })
  first!.append("Nats-Expected-Last-Subject-Sequence", String(position))
  first!.append("Nats-Expected-Last-Subject-Sequence-Subject", one.filter)
  last!.append("Nats-Batch-Commit", "1")
  nats.publish(one.subject, one.data, { headers: first! })
  const answer = await nats.request(two.subject, two.data, { headers: last!, timeout: 10_000 })
  const { error, count } = answer.json<{ error?: { description: string }; count?: number }>()
  if (error || count !== 2) throw new Error(`${one.subject}: ${error?.description ?? `a batch of ${count}`}`)
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
      return yield* perSecondOfPromises(turn, (n) => publishBoth(nats, messages[n]!, last - bookings.length + 1 + n))
    }),
  settle: ({ settle }) => settle
})
