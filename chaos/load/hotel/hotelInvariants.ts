import { BookingCancelled } from "#domain/booking/BookingCancelled.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import type { Invariant, LoggedEvent, Violation } from "../../checker/Evidence.ts"
import { excerptOfCommand } from "../../checker/excerpt.ts"
import { eventInvariant } from "../eventInvariant.ts"

const bookedOnce = eventInvariant("H1", "no night is booked twice without a cancellation in between", () => {
  const bookedBy = new Map<string, number>()
  return ({ commandId, event, streamId }) => {
    const client = bookedBy.get(streamId)
    if (event instanceof BookingCancelled) {
      bookedBy.delete(streamId)
      return client === event.client.id
        ? undefined
        : `${commandId} cancelled ${streamId}, which its client had not booked`
    }
    if (!(event instanceof RoomBooked)) return undefined
    bookedBy.set(streamId, event.client.id)
    return client === undefined
      ? undefined
      : `${commandId} booked ${streamId} for ${event.client.id}, though ${client} had it`
  }
})

const isDirectlyAfter = (events: ReadonlyArray<LoggedEvent>) =>
  events.every(({ position }, n) => position === events[0]!.position + n)

/** The events of a stay: one for each of its nights. Of a move: the old night is cancelled, then the new one is booked. */
const isWhole = (command: string, input: any, events: ReadonlyArray<LoggedEvent>): boolean => {
  const types = events.map(({ event }) => event._tag)
  if (command === "BookStay") {
    const nights = new Set(events.map(({ streamId }) => streamId))
    return nights.size === input.nights && types.length === nights.size && types.every((type) => type === "RoomBooked")
  }
  return command !== "MoveBooking" || types.join() === "BookingCancelled,RoomBooked"
}

const allOrNone: Invariant = {
  name: "H2",
  promise:
    "of a stay all nights are booked, and of a move both nights are changed, directly one after the other, or none",
  check: (index) =>
    Array.from(index.eventsByCommand).flatMap(([key, events]): ReadonlyArray<Violation> => {
      const request = index.requests.get(key)
      if (!request || (isWhole(request.command, request.input, events) && isDirectlyAfter(events))) return []
      const description = `${request.command} ${key} is in the log in part`
      return [{ invariant: "H2", description, excerpt: excerptOfCommand(index, key) }]
    })
}

export const hotelInvariants: ReadonlyArray<Invariant> = [bookedOnce, allOrNone]
