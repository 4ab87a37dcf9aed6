import { DateTime } from "effect"
import type { Command, Projection } from "../model/index.ts"
import { AlreadyCheckedIn, BookingUnknown, NotYourBooking, SignedInAsAnother, TooLateToChange } from "../rejections.ts"
import type { Client, Night, Room } from "../values.ts"
import type { Reservation } from "./Reservation.ts"

/** What may speak against a change of a booking. */
export const changeRejections = [
  SignedInAsAnother,
  BookingUnknown,
  NotYourBooking,
  AlreadyCheckedIn,
  TooLateToChange
] as const

interface Change {
  readonly room: Room
  readonly client: Client
  readonly date: Night
}

/** Why a client may not cancel or move a booking; `undefined` if nothing speaks against it. */
export const whyNotToChange = (
  booked: Projection.State<typeof Reservation>,
  { room, client, date }: Change,
  { actor, now }: Pick<Command.Context, "actor" | "now">
) => {
  const claimed = actor.claims["client"]
  // First: a caller learns nothing about the bookings of others.
  if (claimed !== undefined && claimed !== String(client.id)) return new SignedInAsAnother({ client })
  if (!booked.client) return new BookingUnknown({ room, date })
  if (booked.client.id !== client.id) return new NotYourBooking({ room, date, client })
  if (booked.checkedIn) return new AlreadyCheckedIn({ room, date })
  if (DateTime.formatIsoDateUtc(now) >= date) return new TooLateToChange({ room, date })
  return undefined
}
