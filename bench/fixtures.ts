import { Context, Effect, Schedule, Scope } from "effect"
import { GuestCheckedIn } from "#domain/booking/GuestCheckedIn.ts"
import { RoomAvailable } from "#domain/booking/RoomAvailable.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import { RoomCleanedUp } from "#domain/cleanup/RoomCleanedUp.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { streamSpecs } from "#layers/nats/provision/streamSpecs.ts"
import { subscriptions } from "#layers/processors/boardSubscriptions.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"
import { Subscriptions } from "#layers/services/Subscriptions.ts"
import { bulkLoad } from "./bulkLoad.ts"
import { commandsOn, openBoard, startRuntime } from "./environment.ts"
import { addRooms, rawBooking } from "./hotelFixture.ts"
import { logProgress } from "./logProgress.ts"
import type { Environment } from "./Measure.ts"
import { bookingOf } from "./nights.ts"
import { deliveredEvent, depotEvents, loadedEvent, parcels } from "./parcelsBoard.ts"
import { messageEncoder, type PreparedMessage } from "./preparedMessages.ts"

/** Folders of server data that are slow to fill, so that measures share them; deleted after the run. */
export interface Fixtures {
  /** The hotel's log with this number of booked room-nights. */
  readonly bookedNights: (count: number) => Effect.Effect<string, unknown>
  /** The hotel's log with five events for each of this number of room-nights; views and automations have caught up. */
  readonly stays: (count: number) => Effect.Effect<string, unknown>
  /**
   * The same, but all of it older than any duplicate window: a server that starts reads all younger messages again, one
   * by one, to restore their ids.
   */
  readonly oldStays: (count: number) => Effect.Effect<string, unknown>
  /** This number of parcels, each with ten events. */
  readonly parcels: (count: number) => Effect.Effect<string, unknown>
}

export const eventsPerParcel = 10
export const eventsPerStay = 5

/** The number of parcels in transit at once, whose events are interleaved in the log. */
const parcelsInTransit = 100

const rawParcel = messageEncoder(parcels)
const rawHotel = messageEncoder(hotelBooking)

function* bookingMessages(count: number) {
  for (let n = 0; n < count; n++) yield rawBooking(bookingOf(n))
}

function* parcelMessages(count: number) {
  for (let from = 1; from <= count; from += parcelsInTransit) {
    const ids = Array.from({ length: Math.min(parcelsInTransit, count - from + 1) }, (_, n) => from + n)
    for (let index = 1; index <= eventsPerParcel; index++) {
      for (const id of ids) yield rawParcel(parcelEvents({ id })[index - 1]!, { command: "AcceptParcel", index })
    }
  }
}

const parcelEvents = (parcel: { readonly id: number }): ReadonlyArray<DomainEvent> => {
  const there = [...depotEvents(parcel), loadedEvent(parcel)]
  return [...there, ...there.slice(1), deliveredEvent(parcel)]
}

function* stayMessages(count: number) {
  for (let n = 0; n < count; n++) {
    const { room, client, date } = bookingOf(n)
    const events = [
      new RoomBooked({ room, client, date }),
      new CleanUpScheduled({ room, date, team: "blue" }),
      new RoomCleanedUp({ room, date, team: "blue" }),
      new RoomAvailable({ room, date }),
      new GuestCheckedIn({ room, client, date })
    ]
    for (const [index, event] of events.entries()) yield rawHotel(event, { command: "BookRoom", index: index + 1 })
  }
}

const catchUpTimeout = "20 minutes"

/** The longest duplicate window of all streams. */
const duplicateWindowMillis =
  Math.max(...streamSpecs(hotelBooking, 1).map(({ duplicate_window = 0 }) => duplicate_window)) / 1e6

/** Waits until all views and automations have caught up. */
const waitUntilCaughtUp = (context: Context.Context<Subscriptions>) => {
  const { lag } = Context.get(context, Subscriptions)
  const { views, automations } = subscriptions(hotelBooking)
  return Effect.forEach([...views, ...automations], ({ subscription }) => lag(subscription), {
    concurrency: "unbounded"
  }).pipe(
    Effect.map((lags) => lags.every((pending) => pending === 0)),
    Effect.repeat({ until: (done) => done, schedule: Schedule.spaced("250 millis") }),
    Effect.timeout(catchUpTimeout)
  )
}

/** The hotel with rooms and these messages in its log; no view or automation runs. */
const fillHotel = Effect.fnUntraced(function* (
  environment: Environment,
  path: string,
  messages: Iterable<PreparedMessage>
) {
  const all = yield* openBoard(environment, hotelBooking, path)
  yield* addRooms(yield* commandsOn(hotelBooking, all))
  yield* Effect.tryPromise(() => bulkLoad(all.nats, messages))
  return all
})

const fillBookedNights = Effect.fnUntraced(function* (environment: Environment, path: string, count: number) {
  const { settle } = yield* fillHotel(environment, path, bookingMessages(count))
  yield* settle
})

const fillStays = Effect.fnUntraced(function* (environment: Environment, path: string, count: number) {
  const all = yield* fillHotel(environment, path, stayMessages(count))
  yield* startRuntime(hotelBooking, all)
  yield* waitUntilCaughtUp(all.services)
  yield* all.settle
})

const fillParcels = Effect.fnUntraced(function* (environment: Environment, path: string, count: number) {
  const all = yield* openBoard(environment, parcels, path)
  yield* Effect.tryPromise(() => bulkLoad(all.nats, parcelMessages(count)))
  yield* all.settle
})

/** Waits until the duplicate window of a log that was filled at this time, in milliseconds, has passed. */
const waitForDuplicateWindow = Effect.fnUntraced(function* (filledAt: number) {
  const remainingMillis = filledAt + duplicateWindowMillis - performance.now()
  if (remainingMillis <= 0) return
  yield* logProgress(
    `waiting ${Math.ceil(remainingMillis / 60_000)} minutes, until the log's duplicate window has passed`
  )
  yield* Effect.sleep(remainingMillis)
})

/** @param folder creates an empty folder */
export const make = Effect.fnUntraced(function* (
  folder: Effect.Effect<string, unknown, Scope.Scope>,
  server: Environment["server"]
) {
  const scope = yield* Effect.scope
  const filled = new Map<string, { readonly path: string; readonly filledAt: number }>()
  // With a sync per message, a million messages would take a quarter of an hour.
  const environment = { sync: "2m", quick: false, server } as unknown as Environment

  const fillOnce = Effect.fnUntraced(function* (
    name: string,
    fill: (path: string) => Effect.Effect<unknown, unknown, Scope.Scope>
  ) {
    const existing = filled.get(name)
    if (existing) return existing
    const path = yield* Scope.provide(folder, scope)
    yield* Effect.scoped(fill(path))
    const fresh = { path, filledAt: performance.now() }
    filled.set(name, fresh)
    return fresh
  })
  const filledStays = (count: number) => fillOnce(`stays ${count}`, (path) => fillStays(environment, path, count))
  const pathOf = Effect.map(({ path }: { readonly path: string }) => path)

  const fixtures: Fixtures = {
    bookedNights: (count) => pathOf(fillOnce(`places ${count}`, (path) => fillBookedNights(environment, path, count))),
    stays: (count) => pathOf(filledStays(count)),
    oldStays: (count) => pathOf(Effect.tap(filledStays(count), ({ filledAt }) => waitForDuplicateWindow(filledAt))),
    parcels: (count) => pathOf(fillOnce(`parcels ${count}`, (path) => fillParcels(environment, path, count)))
  }
  return fixtures
})
