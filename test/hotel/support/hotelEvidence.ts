import { RoomAdded } from "#domain/admin/RoomAdded.ts"
import { GuestCheckedIn } from "#domain/booking/GuestCheckedIn.ts"
import { RoomAvailable } from "#domain/booking/RoomAvailable.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import { RoomCleanedUp } from "#domain/cleanup/RoomCleanedUp.ts"
import { teamFor } from "#domain/cleanup/teams.ts"
import type { Board } from "#domain/model/index.ts"
import { type Room, Night } from "#domain/values.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { deriveId } from "#layers/services/Ids.ts"
import { boardEvidence, type CommandStep } from "#test/support/boardEvidence.ts"

export const board: Board.Any = hotelBooking
export const { evidenceOf, logOf } = boardEvidence(board)
export const room = { id: 1 }
export const ann = { id: 1 }
export const bob = { id: 2 }
export const date = Night.make("2022-12-12")

export const addRoom = (key: string, added: Room): CommandStep => ({
  key,
  command: "AddRoom",
  input: { room: added },
  events: [new RoomAdded({ room: added })]
})

/** The bot's reaction to the `n`th event of a command, a booking. */
export const scheduled = (key: string, n: number, booked: Room, date: Night): CommandStep => {
  const causationId = deriveId(`${key}/${n}`)
  return {
    key: deriveId(`${causationId}/schedule-cleaning/0`),
    command: "ScheduleCleaning",
    input: { room: booked, date },
    events: [new CleanUpScheduled({ room: booked, date, team: teamFor(booked, date) })],
    causationId
  }
}

/** The commands of a day without rejections, in order, and their events. */
export const booked: CommandStep = {
  key: "b",
  command: "BookRoom",
  input: { room, client: ann, date },
  events: [new RoomBooked({ room, client: ann, date })]
}
export const day: ReadonlyArray<CommandStep> = [
  addRoom("a", room),
  booked,
  scheduled("b", 0, room, date),
  {
    key: "c",
    command: "CleanRoom",
    input: { room, date },
    events: [new RoomCleanedUp({ room, date, team: "green" }), new RoomAvailable({ room, date })]
  },
  {
    key: "d",
    command: "CheckIn",
    input: { room, client: ann, date },
    events: [new GuestCheckedIn({ room, client: ann, date })]
  }
]
