import type { RoomAdded } from "#domain/admin/RoomAdded.ts"
import type { GuestCheckedIn } from "#domain/booking/GuestCheckedIn.ts"
import type { RoomAvailable } from "#domain/booking/RoomAvailable.ts"
import type { RoomBooked } from "#domain/booking/RoomBooked.ts"
import type { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import type { RoomCleanedUp } from "#domain/cleanup/RoomCleanedUp.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"

interface Events {
  RoomAdded: RoomAdded
  RoomBooked: RoomBooked
  CleanUpScheduled: CleanUpScheduled
  RoomCleanedUp: RoomCleanedUp
  RoomAvailable: RoomAvailable
  GuestCheckedIn: GuestCheckedIn
}
type Name = keyof Events
type EventOf<N extends Name> = RecordedEvent & { readonly event: Events[N] }
type Log = ReadonlyArray<RecordedEvent>

const isEvent =
  <N extends Name>(name: N) =>
  (recorded: RecordedEvent | undefined): recorded is EventOf<N> =>
    recorded?.event._tag === name

/** The events of this name before an event in its event stream. */
const before = <N extends Name>(log: Log, { streamId, position }: RecordedEvent, name: N): ReadonlyArray<EventOf<N>> =>
  log.filter(isEvent(name)).filter((other) => other.streamId === streamId && other.position < position)

const eventsViolating =
  <N extends Name>(name: N, holds: (recorded: EventOf<N>, log: Log) => boolean) =>
  (log: Log): Log =>
    log.filter(isEvent(name)).filter((recorded) => !holds(recorded, log))

const isEmpty = (events: Log) => events.length === 0
const isNotEmpty = (events: Log) => events.length > 0

const isInSameCommand = (one: RecordedEvent, other: RecordedEvent | undefined, name: Name) =>
  isEvent(name)(other) && other.streamId === one.streamId && other.commandId === one.commandId

/** The invariants of every hotel's log: each returns the events that violate it. */
export const invariants = {
  "a room is added once": eventsViolating("RoomAdded", (added, log) => isEmpty(before(log, added, "RoomAdded"))),
  "a room that is booked was added": eventsViolating("RoomBooked", ({ event, position }, log) =>
    log.filter(isEvent("RoomAdded")).some((added) => added.event.room.id === event.room.id && added.position < position)
  ),
  "a night is booked once": eventsViolating("RoomBooked", (booked, log) => isEmpty(before(log, booked, "RoomBooked"))),
  "cleaning is scheduled once": eventsViolating("CleanUpScheduled", (scheduled, log) =>
    isEmpty(before(log, scheduled, "CleanUpScheduled"))
  ),
  "no cleaning is scheduled for a clean room": eventsViolating("CleanUpScheduled", (scheduled, log) =>
    isEmpty(before(log, scheduled, "RoomCleanedUp"))
  ),
  "a room that is cleaned was booked": eventsViolating("RoomCleanedUp", (cleaned, log) =>
    isNotEmpty(before(log, cleaned, "RoomBooked"))
  ),
  "a room is cleaned once": eventsViolating("RoomCleanedUp", (cleaned, log) =>
    isEmpty(before(log, cleaned, "RoomCleanedUp"))
  ),
  "the team that cleaned is the one that was scheduled": eventsViolating("RoomCleanedUp", (cleaned, log) => {
    const scheduled = before(log, cleaned, "CleanUpScheduled").at(-1)
    return cleaned.event.team === scheduled?.event.team
  }),
  "a room that is clean is available at once": eventsViolating("RoomCleanedUp", (cleaned, log) =>
    isInSameCommand(cleaned, log[cleaned.position], "RoomAvailable")
  ),
  "a room that is available was cleaned just now": eventsViolating("RoomAvailable", (available, log) =>
    isInSameCommand(available, log[available.position - 2], "RoomCleanedUp")
  ),
  "a guest who checks in has booked": eventsViolating("GuestCheckedIn", (guest, log) =>
    before(log, guest, "RoomBooked").some(({ event }) => event.client.id === guest.event.client.id)
  ),
  "a guest who checks in finds the room available": eventsViolating("GuestCheckedIn", (guest, log) =>
    isNotEmpty(before(log, guest, "RoomAvailable"))
  ),
  "a guest checks in once": eventsViolating("GuestCheckedIn", (guest, log) =>
    isEmpty(before(log, guest, "GuestCheckedIn"))
  )
} satisfies Record<string, (log: Log) => Log>

/** The invariants that a log violates, each with the first event that does. */
export const violations = (log: Log): ReadonlyArray<string> =>
  Object.entries(invariants).flatMap(([invariant, violating]) => {
    const [first] = violating(log)
    return first ? [`${invariant}, but not at position ${first.position}: ${JSON.stringify(first.event)}`] : []
  })
