import type { RoomAdded } from "#domain/admin/RoomAdded.ts"
import type { BookingCancelled } from "#domain/booking/BookingCancelled.ts"
import type { GuestCheckedIn } from "#domain/booking/GuestCheckedIn.ts"
import type { RoomAvailable } from "#domain/booking/RoomAvailable.ts"
import type { RoomBooked } from "#domain/booking/RoomBooked.ts"
import type { CleaningCalledOff } from "#domain/cleanup/CleaningCalledOff.ts"
import type { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import type { RoomCleanedUp } from "#domain/cleanup/RoomCleanedUp.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"

interface Events {
  RoomAdded: RoomAdded
  RoomBooked: RoomBooked
  BookingCancelled: BookingCancelled
  CleanUpScheduled: CleanUpScheduled
  CleaningCalledOff: CleaningCalledOff
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

/** The same, since the newest cancellation: those of the present booking. */
const ofBooking = <N extends Name>(log: Log, recorded: RecordedEvent, name: N): ReadonlyArray<EventOf<N>> => {
  const cancelledAt = before(log, recorded, "BookingCancelled").at(-1)?.position ?? 0
  return before(log, recorded, name).filter(({ position }) => position > cancelledAt)
}

/** The team that is scheduled before an event: neither called off nor done. */
const scheduledTeam = (log: Log, recorded: RecordedEvent): string | undefined => {
  const last = (["CleanUpScheduled", "CleaningCalledOff", "RoomCleanedUp"] as const)
    .flatMap((name): Log => before(log, recorded, name))
    .sort((a, b) => a.position - b.position)
    .at(-1)
  return isEvent("CleanUpScheduled")(last) ? last.event.team : undefined
}

/** The invariants of every hotel's log: each returns the events that violate it. */
export const invariants = {
  "a room is added once": eventsViolating("RoomAdded", (added, log) => isEmpty(before(log, added, "RoomAdded"))),
  "a room that is booked was added": eventsViolating("RoomBooked", ({ event, position }, log) =>
    log.filter(isEvent("RoomAdded")).some((added) => added.event.room.id === event.room.id && added.position < position)
  ),
  "a night is booked once, unless it was cancelled between": eventsViolating("RoomBooked", (booked, log) =>
    isEmpty(ofBooking(log, booked, "RoomBooked"))
  ),
  "who cancels has booked": eventsViolating("BookingCancelled", (cancelled, log) =>
    ofBooking(log, cancelled, "RoomBooked").some(({ event }) => event.client.id === cancelled.event.client.id)
  ),
  "nobody cancels after the check-in": eventsViolating("BookingCancelled", (cancelled, log) =>
    isEmpty(ofBooking(log, cancelled, "GuestCheckedIn"))
  ),
  "nobody cancels on the day of the night or later": eventsViolating(
    "BookingCancelled",
    ({ event, time }) => time.slice(0, 10) < event.date
  ),
  "cleaning is scheduled once, unless it was called off or done between": eventsViolating(
    "CleanUpScheduled",
    (scheduled, log) => scheduledTeam(log, scheduled) === undefined
  ),
  "cleaning is scheduled for a booking": eventsViolating("CleanUpScheduled", (scheduled, log) =>
    isNotEmpty(ofBooking(log, scheduled, "RoomBooked"))
  ),
  "no cleaning is scheduled for a clean room": eventsViolating("CleanUpScheduled", (scheduled, log) =>
    isEmpty(ofBooking(log, scheduled, "RoomCleanedUp"))
  ),
  "the team that is called off is the one that was scheduled": eventsViolating(
    "CleaningCalledOff",
    (calledOff, log) => calledOff.event.team === scheduledTeam(log, calledOff)
  ),
  "no cleaning of a booking is called off": eventsViolating("CleaningCalledOff", (calledOff, log) =>
    isEmpty(ofBooking(log, calledOff, "RoomBooked"))
  ),
  "a room that is cleaned was booked": eventsViolating("RoomCleanedUp", (cleaned, log) =>
    isNotEmpty(ofBooking(log, cleaned, "RoomBooked"))
  ),
  "a room is cleaned once for a booking": eventsViolating("RoomCleanedUp", (cleaned, log) =>
    isEmpty(ofBooking(log, cleaned, "RoomCleanedUp"))
  ),
  "the team that cleaned is the one that was scheduled": eventsViolating(
    "RoomCleanedUp",
    (cleaned, log) => cleaned.event.team === scheduledTeam(log, cleaned)
  ),
  "a room that is clean is available at once": eventsViolating("RoomCleanedUp", (cleaned, log) =>
    isInSameCommand(cleaned, log[cleaned.position], "RoomAvailable")
  ),
  "a room that is available was cleaned just now": eventsViolating("RoomAvailable", (available, log) =>
    isInSameCommand(available, log[available.position - 2], "RoomCleanedUp")
  ),
  "a guest who checks in has booked": eventsViolating("GuestCheckedIn", (guest, log) =>
    ofBooking(log, guest, "RoomBooked").some(({ event }) => event.client.id === guest.event.client.id)
  ),
  "a guest who checks in finds the room available": eventsViolating("GuestCheckedIn", (guest, log) =>
    isNotEmpty(ofBooking(log, guest, "RoomAvailable"))
  ),
  "a guest checks in once for a booking": eventsViolating("GuestCheckedIn", (guest, log) =>
    isEmpty(ofBooking(log, guest, "GuestCheckedIn"))
  )
} satisfies Record<string, (log: Log) => Log>

/** The invariants that a log violates, each with the first event that does. */
export const violations = (log: Log): ReadonlyArray<string> =>
  Object.entries(invariants).flatMap(([invariant, violating]) => {
    const [first] = violating(log)
    return first ? [`${invariant}, but not at position ${first.position}: ${JSON.stringify(first.event)}`] : []
  })

interface Answered {
  readonly commandId: string
  readonly command: { readonly name: string }
  readonly input: { readonly nights?: number }
}

/** How many events a command has if it has any. */
const sizes: Readonly<Record<string, (input: Answered["input"]) => number>> = {
  BookStay: ({ nights }) => nights!,
  MoveBooking: () => 2
}

/** The commands of which only a part happened: a stay without some of its nights, half of a move. */
export const partialCommands = (answers: ReadonlyArray<Answered>, log: Log): ReadonlyArray<string> => {
  const byCommand = Map.groupBy(log, ({ commandId }) => commandId)
  return answers.flatMap(({ command: { name }, commandId, input }) => {
    const events = byCommand.get(commandId)?.length ?? 0
    return events === 0 || !sizes[name] || events === sizes[name](input)
      ? []
      : [`${name} ${JSON.stringify(input)} has ${events} events`]
  })
}
