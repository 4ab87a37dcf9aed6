import { Context, Effect } from "effect"
import { RoomNight } from "#domain/boundaries.ts"
import { Boundary } from "#domain/model/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { commandsOn, openBoard } from "../environment.ts"
import { atMost, type Environment, make, type Turn } from "../Measure.ts"
import { timeEach, medianAndP99 } from "../timing.ts"
import { filledNights } from "./filledHotels.ts"
import { book, roomCount } from "./hotelFixture.ts"
import { bookingOf, Nights } from "./nights.ts"

const smallLogSize = 10_000

/** The hotel with this number of event streams in its log. */
const openHotelWith = Effect.fnUntraced(function* (environment: Environment, streamCount: number) {
  const all = yield* openBoard(environment, hotelBooking, yield* filledNights(environment, streamCount))
  const commands = yield* commandsOn(hotelBooking, all)
  const log = Context.get(all.services, EventLog)
  // Measures share the folder, so each books nights at an offset of its own.
  return {
    ...all,
    commands,
    log,
    streamCount,
    nights: new Nights(streamCount + nextOffset(streamCount), roomCount)
  }
})
type Hotel = Effect.Success<ReturnType<typeof openHotelWith>>

const nightsPerMeasure = 40_000
const uses = new Map<number, number>()
const nextOffset = (streamCount: number) => {
  const before = uses.get(streamCount) ?? 0
  uses.set(streamCount, before + 1)
  return before * nightsPerMeasure
}

const measureExecute = ({ commands, nights }: Hotel, { count }: Turn) => {
  const bookings = nights.take(count)
  return Effect.map(
    timeEach(count, (n) => book(commands, bookings[n]!)),
    medianAndP99
  )
}

const measureRead = ({ log, streamCount }: Hotel, { count }: Turn) => {
  const step = Math.floor(streamCount / count)
  const from = Math.floor(Math.random() * step)
  return Effect.map(
    timeEach(count, (n) =>
      Effect.map(log.read(Boundary.streamId(RoomNight, bookingOf(from + n * step))), (history) => {
        if (history.count !== 1) throw new Error(`expected 1 event, found ${history.count}`)
      })
    ),
    medianAndP99
  )
}

const shortCount = (streamCount: number) => (streamCount < 1e6 ? `${streamCount / 1e3}k` : `${streamCount / 1e6}m`)

const growthMeasure = (what: "execute" | "read", streamCount: number) =>
  make({
    name: `growth-${what}-${shortCount(streamCount)}`,
    title: `p50 of ${what === "execute" ? "execute(BookRoom)" : "a cold read"} with ${streamCount / 1e3} k event streams in the log`,
    against: "the same with 10 k",
    unit: "ms",
    concurrency: [1],
    syncs: ["2m", "always"],
    rounds: 9,
    warmUp: 1000,
    count: 300,
    target: () => atMost(1.2),
    setup: (environment) =>
      Effect.gen(function* () {
        const scale = environment.quick ? 100 : 1
        return {
          large: yield* openHotelWith(environment, streamCount / scale),
          small: yield* openHotelWith(environment, smallLogSize / scale)
        }
      }),
    ours: ({ large }, turn) => (what === "execute" ? measureExecute : measureRead)(large, turn),
    baseline: ({ small }, turn) => (what === "execute" ? measureExecute : measureRead)(small, turn),
    settle: ({ large, small }) => Effect.andThen(large.settle, small.settle)
  })

export const growth = [
  growthMeasure("execute", 100_000),
  growthMeasure("execute", 1_000_000),
  growthMeasure("read", 100_000),
  growthMeasure("read", 1_000_000)
]
