import type { RoomAdded } from "#domain/admin/RoomAdded.ts"
import type { GuestCheckedIn } from "#domain/booking/GuestCheckedIn.ts"
import type { RoomAvailable } from "#domain/booking/RoomAvailable.ts"
import type { RoomBooked } from "#domain/booking/RoomBooked.ts"
import type { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import type { RoomCleanedUp } from "#domain/cleanup/RoomCleanedUp.ts"
import type { Recorded } from "#layers/services/RecordedEvent.ts"

interface Facts {
  RoomAdded: RoomAdded
  RoomBooked: RoomBooked
  CleanUpScheduled: CleanUpScheduled
  RoomCleanedUp: RoomCleanedUp
  RoomAvailable: RoomAvailable
  GuestCheckedIn: GuestCheckedIn
}
type Name = keyof Facts
type Of<N extends Name> = Recorded & { readonly fact: Facts[N] }
type Log = ReadonlyArray<Recorded>

const is =
  <N extends Name>(name: N) =>
  (recorded: Recorded | undefined): recorded is Of<N> =>
    recorded?.fact._tag === name

/** The facts of this name that stood in its place before it. */
const before = <N extends Name>(log: Log, { place, position }: Recorded, name: N): ReadonlyArray<Of<N>> =>
  log.filter(is(name)).filter((other) => other.place === place && other.position < position)

const unless =
  <N extends Name>(name: N, holds: (recorded: Of<N>, log: Log) => boolean) =>
  (log: Log): Log =>
    log.filter(is(name)).filter((recorded) => !holds(recorded, log))

const none = (facts: Log) => facts.length === 0
const some = (facts: Log) => facts.length > 0

const together = (one: Recorded, other: Recorded | undefined, name: Name) =>
  is(name)(other) && other.place === one.place && other.commandId === one.commandId

/** What is true of every hotel, whoever writes it: each law gives the facts of a log that break it. */
export const laws = {
  "a room is added once": unless("RoomAdded", (added, log) => none(before(log, added, "RoomAdded"))),
  "a room that is booked was added": unless("RoomBooked", ({ fact, position }, log) =>
    log.filter(is("RoomAdded")).some((added) => added.fact.room.id === fact.room.id && added.position < position)
  ),
  "a night is booked once": unless("RoomBooked", (booked, log) => none(before(log, booked, "RoomBooked"))),
  "cleaning is scheduled once": unless("CleanUpScheduled", (scheduled, log) =>
    none(before(log, scheduled, "CleanUpScheduled"))
  ),
  "no cleaning is scheduled for a clean room": unless("CleanUpScheduled", (scheduled, log) =>
    none(before(log, scheduled, "RoomCleanedUp"))
  ),
  "a room that is cleaned was booked": unless("RoomCleanedUp", (cleaned, log) =>
    some(before(log, cleaned, "RoomBooked"))
  ),
  "a room is cleaned once": unless("RoomCleanedUp", (cleaned, log) => none(before(log, cleaned, "RoomCleanedUp"))),
  "the team that cleaned is the one that was scheduled": unless("RoomCleanedUp", (cleaned, log) => {
    const scheduled = before(log, cleaned, "CleanUpScheduled").at(-1)
    return cleaned.fact.team === scheduled?.fact.team
  }),
  "a room that is clean is available at once": unless("RoomCleanedUp", (cleaned, log) =>
    together(cleaned, log[cleaned.position], "RoomAvailable")
  ),
  "a room that is available was cleaned just now": unless("RoomAvailable", (available, log) =>
    together(available, log[available.position - 2], "RoomCleanedUp")
  ),
  "who checks in has booked": unless("GuestCheckedIn", (guest, log) =>
    before(log, guest, "RoomBooked").some(({ fact }) => fact.client.id === guest.fact.client.id)
  ),
  "who checks in finds the room available": unless("GuestCheckedIn", (guest, log) =>
    some(before(log, guest, "RoomAvailable"))
  ),
  "a guest checks in once": unless("GuestCheckedIn", (guest, log) => none(before(log, guest, "GuestCheckedIn")))
} satisfies Record<string, (log: Log) => Log>

/** The laws that a log breaks, each with the first fact that does. */
export const broken = (log: Log): ReadonlyArray<string> =>
  Object.entries(laws).flatMap(([law, culprits]) => {
    const [first] = culprits(log)
    return first ? [`${law}, but not at position ${first.position}: ${JSON.stringify(first.fact)}`] : []
  })
