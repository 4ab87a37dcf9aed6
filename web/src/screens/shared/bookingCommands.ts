import { pendingData } from "../../api/command.ts"
import { plural } from "../../ui/format.ts"
import { type Day, daysBetween, lastDay, plusDays, spoken } from "./dates.ts"

export const maxNights = 30
export const maxRoomId = 9999

/** A room on a night, and the guest who has it or is to have it. */
export interface GuestNight {
  readonly room: number
  readonly night: Day
  readonly client: number
}

/** A command about bookings, and what is said once it is done. */
export interface BookingCommand {
  readonly path: string
  readonly data: object
  readonly done: string
  /** The message if the command appended no event. */
  readonly unchanged: string
}

const paths = {
  book: "/mutation/book-room",
  stay: "/mutation/book-stay",
  cancel: "/mutation/cancel-booking",
  move: "/mutation/move-booking"
} as const

const unchanged = "This was done before. Nothing was changed."

/** The most nights of a stay that begins with this one. */
export const nightsFrom = (night: Day): number => Math.min(maxNights, daysBetween(night, lastDay) + 1)

/** Books one night, or several of which either all are booked or none. `whose` is `yours` or the guest's. */
export const booking = ({ client, night, room }: GuestNight, nights: number, whose: string): BookingCommand => {
  const about = { room: { id: room }, client: { id: client } }
  return nights === 1
    ? {
        path: paths.book,
        data: { ...about, date: night },
        done: `Room ${room} is ${whose} for ${spoken(night)}.`,
        unchanged
      }
    : {
        path: paths.stay,
        data: { ...about, firstNight: night, nights },
        done: `Room ${room} is ${whose} for ${plural(nights, "night")}, until the morning of ${spoken(plusDays(night, nights))}.`,
        unchanged
      }
}

export const cancelling = ({ client, night, room }: GuestNight): BookingCommand => ({
  path: paths.cancel,
  data: { room: { id: room }, client: { id: client }, date: night },
  done: `The booking of room ${room} for ${spoken(night)} is cancelled.`,
  unchanged
})

export const moving = ({ client, night, room }: GuestNight, newRoom: number): BookingCommand => ({
  path: paths.move,
  data: { room: { id: room }, newRoom: { id: newRoom }, client: { id: client }, date: night },
  done: `The booking for ${spoken(night)} is moved from room ${room} to room ${newRoom}.`,
  unchanged: `The booking is for room ${room} already. Nothing was changed.`
})

interface PendingData {
  readonly room: { readonly id: number }
  readonly client: { readonly id: number }
  readonly date?: Day
  readonly firstNight?: Day
  readonly nights?: number
  readonly newRoom?: { readonly id: number }
}

const pendingOf = (names: ReadonlyArray<keyof typeof paths>, { client, night, room }: GuestNight) =>
  names
    .flatMap((name) => pendingData<PendingData>(paths[name]))
    .find((data) => data.room.id === room && data.client.id === client && (data.date ?? data.firstNight) === night)

/** For how many nights a booking was sent whose outcome is unknown; undefined if none was. */
export const pendingNights = (about: GuestNight): number | undefined => {
  const pending = pendingOf(["book", "stay"], about)
  return pending && (pending.nights ?? 1)
}
/** To which room a move was sent whose outcome is unknown; undefined if none was. */
export const pendingRoom = (about: GuestNight): number | undefined => pendingOf(["move"], about)?.newRoom?.id
export const isCancelPending = (about: GuestNight): boolean => pendingOf(["cancel"], about) !== undefined
