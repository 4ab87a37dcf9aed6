import { unknownOutcome } from "../../api/command.ts"
import type { BookingCommand, GuestNight } from "../shared/bookingCommands.ts"
import { booking, cancelling, isCancelPending, moving, pendingNights, pendingRoom } from "../shared/bookingCommands.ts"
import type { Message } from "../shared/Notice.tsx"
import { busy, lastGood, messageAt, submit } from "./managerActions.ts"
import { selectedDay } from "./managerAddress.ts"

/** Keys of the buttons: at a booking of the day, or in the form for a new one. */
const prefix = () => `booking/${selectedDay.value}/`
export const atBooking = ({ room }: GuestNight) => `${prefix()}${room}`
export const atNew = () => `book/${selectedDay.value}`

/** The last cancellation or move of the day: its booking has left the list. */
export const changedMessage = (): Message | undefined => lastGood(prefix())

/** Why a booking was not changed; also, after a reload, that it is not known whether it was. */
export const bookingMessage = (about: GuestNight): Message | undefined => {
  const at = atBooking(about)
  const message = messageAt(at)
  if (message) return message.tone === "good" ? undefined : message
  if (busy.value === at) return undefined
  const isUnknown = isCancelPending(about) || pendingRoom(about) !== undefined
  return isUnknown ? { tone: "no", problem: unknownOutcome } : undefined
}

const send = (at: string, { data, ...texts }: BookingCommand) => submit(at, { ...texts, data })

export const book = (about: GuestNight, nights: number): Promise<boolean> =>
  send(atNew(), booking(about, pendingNights(about) ?? nights, `booked by guest ${about.client}`))
export const cancel = (about: GuestNight): Promise<boolean> => send(atBooking(about), cancelling(about))
export const move = (about: GuestNight, newRoom: number): Promise<boolean> =>
  send(atBooking(about), moving(about, newRoom))
