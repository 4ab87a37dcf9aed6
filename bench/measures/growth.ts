import { Context, Effect } from "effect"
import { RoomNight } from "#domain/boundaries.ts"
import { Boundary } from "#domain/model/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { commandsOn, opened } from "../ground.ts"
import { book, rooms } from "../hotel.ts"
import { atMost, type Ground, make, type Turn } from "../Measure.ts"
import { bookingOf, Nights } from "../nights.ts"
import { eachMillis, halfAndTail } from "../timing.ts"

const least = 10_000

/** The hotel with so many places in its log. */
const hotelOf = Effect.fnUntraced(function* (ground: Ground, places: number) {
  const all = yield* opened(ground, hotelBooking, yield* ground.stores.places(places))
  const commands = yield* commandsOn(hotelBooking, all)
  const log = Context.get(all.services, EventLog)
  // Measures share the folder, so each books the nights from its own end.
  return { ...all, commands, log, places, nights: new Nights(places + next(places), rooms) }
})
type Hotel = Effect.Success<ReturnType<typeof hotelOf>>

const apart = 40_000
const opening = new Map<number, number>()
const next = (places: number) => {
  const before = opening.get(places) ?? 0
  opening.set(places, before + 1)
  return before * apart
}

const executing = ({ commands, nights }: Hotel, { count }: Turn) => {
  const bookings = nights.take(count)
  return Effect.map(
    eachMillis(count, (n) => book(commands, bookings[n]!)),
    halfAndTail
  )
}

const reading = ({ log, places }: Hotel, { count }: Turn) => {
  const step = Math.floor(places / count)
  const from = Math.floor(Math.random() * step)
  return Effect.map(
    eachMillis(count, (n) =>
      Effect.map(log.read(Boundary.place(RoomNight, bookingOf(from + n * step))), (past) => {
        if (past.count !== 1) throw new Error(`expected 1 fact, found ${past.count}`)
      })
    ),
    halfAndTail
  )
}

const says = (places: number) => (places < 1e6 ? `${places / 1e3}k` : `${places / 1e6}m`)

const grown = (what: "execute" | "read", places: number) =>
  make({
    name: `growth-${what}-${says(places)}`,
    title: `p50 of ${what === "execute" ? "execute(BookRoom)" : "a cold read"} with ${places / 1e3} k places in the log`,
    against: "the same with 10 k",
    unit: "ms",
    concurrency: [1],
    syncs: ["2m", "always"],
    rounds: 9,
    warmUp: 1000,
    count: 300,
    reach: () => atMost(1.2),
    setup: (ground) =>
      Effect.gen(function* () {
        const scale = ground.quick ? 100 : 1
        return {
          large: yield* hotelOf(ground, places / scale),
          small: yield* hotelOf(ground, least / scale)
        }
      }),
    ours: ({ large }, turn) => (what === "execute" ? executing : reading)(large, turn),
    limit: ({ small }, turn) => (what === "execute" ? executing : reading)(small, turn),
    settle: ({ large, small }) => Effect.andThen(large.settle, small.settle)
  })

export const growth = [
  grown("execute", 100_000),
  grown("execute", 1_000_000),
  grown("read", 100_000),
  grown("read", 1_000_000)
]
