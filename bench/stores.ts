import { Context, Effect, Schedule, Scope } from "effect"
import { GuestCheckedIn } from "#domain/booking/GuestCheckedIn.ts"
import { RoomAvailable } from "#domain/booking/RoomAvailable.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import { RoomCleanedUp } from "#domain/cleanup/RoomCleanedUp.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { streamsOf } from "#layers/nats/provision/streamConfigs.ts"
import type { Fact } from "#layers/services/RecordedEvent.ts"
import { Consumers } from "#layers/services/Subscriptions.ts"
import { followers } from "#layers/services/subscriptionsOf.ts"
import { delivered, inTheDepot, loaded, parcels } from "./board.ts"
import { fill } from "./fill.ts"
import { commandsOn, opened, runningOn } from "./ground.ts"
import { addRooms, rawBooking } from "./hotel.ts"
import type { Ground } from "./Measure.ts"
import { bookingOf } from "./nights.ts"
import { rawOf } from "./raw.ts"
import { say } from "./say.ts"

/** Folders of a server's data that take long to fill, so that measures share them; gone with the run. */
export interface Stores {
  /** The hotel's log with so many room-nights booked. */
  readonly places: (count: number) => Effect.Effect<string, unknown>
  /** The hotel's log with five facts for each of so many room-nights, and all that follows it has followed. */
  readonly stays: (count: number) => Effect.Effect<string, unknown>
  /**
   * The same, when all of it is older than any duplicate window: a server that starts reads everything younger once
   * more, message by message, to know the ids again.
   */
  readonly oldStays: (count: number) => Effect.Effect<string, unknown>
  /** So many parcels, each with ten facts. */
  readonly parcels: (count: number) => Effect.Effect<string, unknown>
}

export const factsOfParcel = 10
export const factsOfStay = 5

/** So many parcels travel at once: their facts stand mingled in the log. */
const onTheRoad = 100

const rawParcel = rawOf(parcels)
const rawHotel = rawOf(hotelBooking)

function* places(count: number) {
  for (let n = 0; n < count; n++) yield rawBooking(bookingOf(n))
}

function* journeys(count: number) {
  for (let from = 1; from <= count; from += onTheRoad) {
    const ids = Array.from({ length: Math.min(onTheRoad, count - from + 1) }, (_, n) => from + n)
    for (let index = 1; index <= factsOfParcel; index++) {
      for (const id of ids) yield rawParcel(journey({ id })[index - 1]!, { command: "AcceptParcel", index })
    }
  }
}

const journey = (parcel: { readonly id: number }): ReadonlyArray<Fact> => {
  const there = [...inTheDepot(parcel), loaded(parcel)]
  return [...there, ...there.slice(1), delivered(parcel)]
}

function* stays(count: number) {
  for (let n = 0; n < count; n++) {
    const { room, client, date } = bookingOf(n)
    const facts = [
      new RoomBooked({ room, client, date }),
      new CleanUpScheduled({ room, date, team: "blue" }),
      new RoomCleanedUp({ room, date, team: "blue" }),
      new RoomAvailable({ room, date }),
      new GuestCheckedIn({ room, client, date })
    ]
    for (const [index, fact] of facts.entries()) yield rawHotel(fact, { command: "BookRoom", index: index + 1 })
  }
}

const patience = "20 minutes"

/** Milliseconds for which some stream knows the ids of what it took. */
const window = Math.max(...streamsOf(hotelBooking, 1).map(({ duplicate_window = 0 }) => duplicate_window)) / 1e6

/** Everything that follows the log has taken all of it. */
const followed = (context: Context.Context<Consumers>) => {
  const { lag } = Context.get(context, Consumers)
  const { views, automations } = followers(hotelBooking)
  return Effect.forEach([...views, ...automations], ({ subscription }) => lag(subscription), {
    concurrency: "unbounded"
  }).pipe(
    Effect.map((lags) => lags.every((behind) => behind === 0)),
    Effect.repeat({ until: (done) => done, schedule: Schedule.spaced("250 millis") }),
    Effect.timeout(patience)
  )
}

/** @param folder makes an empty one */
export const make = Effect.fnUntraced(function* (
  folder: Effect.Effect<string, unknown, Scope.Scope>,
  server: Ground["server"]
) {
  const scope = yield* Effect.scope
  const filled = new Map<string, string>()
  const filledAt = new Map<string, number>()
  // Forcing a million messages to disk one by one would take a quarter of an hour.
  const ground = { sync: "2m", quick: false, server } as unknown as Ground

  const once = (name: string, fillIt: (folder: string) => Effect.Effect<unknown, unknown, Scope.Scope>) =>
    Effect.gen(function* () {
      const known = filled.get(name)
      if (known !== undefined) return known
      const path = yield* Scope.provide(folder, scope)
      yield* Effect.scoped(fillIt(path))
      filled.set(name, path)
      filledAt.set(path, performance.now())
      return path
    })

  const stores: Stores = {
    places: (count) =>
      once(`places ${count}`, (path) =>
        Effect.gen(function* () {
          const all = yield* opened(ground, hotelBooking, path)
          yield* addRooms(yield* commandsOn(hotelBooking, all))
          yield* Effect.tryPromise(() => fill(all.nats, places(count)))
          yield* all.settle
        })
      ),
    stays: (count) =>
      once(`stays ${count}`, (path) =>
        Effect.gen(function* () {
          const all = yield* opened(ground, hotelBooking, path)
          yield* addRooms(yield* commandsOn(hotelBooking, all))
          yield* Effect.tryPromise(() => fill(all.nats, stays(count)))
          yield* runningOn(hotelBooking, all)
          yield* followed(all.services)
          yield* all.settle
        })
      ),
    oldStays: Effect.fnUntraced(function* (count) {
      const path = yield* stores.stays(count)
      const left = filledAt.get(path)! + window - performance.now()
      if (left > 0) {
        yield* say(`waiting ${Math.ceil(left / 60_000)} minutes, until the log forgets the ids of what was written`)
        yield* Effect.sleep(left)
      }
      return path
    }),
    parcels: (count) =>
      once(`parcels ${count}`, (path) =>
        Effect.gen(function* () {
          const all = yield* opened(ground, parcels, path)
          yield* Effect.tryPromise(() => fill(all.nats, journeys(count)))
          yield* all.settle
        })
      )
  }
  return stores
})
