import { Context, Effect, Schedule } from "effect"
import { GuestCheckedIn } from "#domain/booking/GuestCheckedIn.ts"
import { RoomAvailable } from "#domain/booking/RoomAvailable.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import { RoomCleanedUp } from "#domain/cleanup/RoomCleanedUp.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { streamSpecs } from "#layers/nats/provision/streamSpecs.ts"
import { subscriptions } from "#layers/processors/boardSubscriptions.ts"
import { Subscriptions } from "#layers/services/Subscriptions.ts"
import { bulkLoad } from "../bulkLoad.ts"
import { commandsOn, openBoard, startRuntime } from "../environment.ts"
import { logProgress } from "../logProgress.ts"
import type { Environment } from "../Measure.ts"
import { messageEncoder, type PreparedMessage } from "../preparedMessages.ts"
import { addRooms, rawBooking } from "./hotelFixture.ts"
import { bookingOf } from "./nights.ts"

export const eventsPerStay = 5

const encodeRaw = messageEncoder(hotelBooking)

function* bookingMessages(count: number) {
  for (let n = 0; n < count; n++) yield rawBooking(bookingOf(n))
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
    for (const [index, event] of events.entries()) yield encodeRaw(event, { command: "BookRoom", index: index + 1 })
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

const fillStays = Effect.fnUntraced(function* (environment: Environment, path: string, count: number) {
  const all = yield* fillHotel(environment, path, stayMessages(count))
  yield* startRuntime(hotelBooking, all)
  yield* waitUntilCaughtUp(all.services)
  yield* all.settle
})

/** Waits until the duplicate window of a log that was filled at this time, in milliseconds, has passed. */
const waitForDuplicateWindow = Effect.fnUntraced(function* (filledAtMillis: number) {
  const remainingMillis = filledAtMillis + duplicateWindowMillis - performance.now()
  if (remainingMillis <= 0) return
  yield* logProgress(
    `waiting ${Math.ceil(remainingMillis / 60_000)} minutes, until the log's duplicate window has passed`
  )
  yield* Effect.sleep(remainingMillis)
})

/** A folder with the hotel's log with this number of booked room-nights. */
export const filledNights = ({ fixtures }: Environment, count: number) =>
  Effect.map(
    fixtures.once(`nights ${count}`, (environment, path) =>
      Effect.flatMap(fillHotel(environment, path, bookingMessages(count)), ({ settle }) => settle)
    ),
    ({ path }) => path
  )

const stays = ({ fixtures }: Environment, count: number) =>
  fixtures.once(`stays ${count}`, (environment, path) => fillStays(environment, path, count))

/** A folder with five events for each of this number of room-nights; views and automations have caught up. */
export const filledStays = (environment: Environment, count: number) =>
  Effect.map(stays(environment, count), ({ path }) => path)

/**
 * The same, but all of it older than any duplicate window: a server that starts reads all younger messages again, one by
 * one, to restore their ids.
 */
export const oldStays = (environment: Environment, count: number) =>
  stays(environment, count).pipe(
    Effect.tap(({ filledAtMillis }) => waitForDuplicateWindow(filledAtMillis)),
    Effect.map(({ path }) => path)
  )
