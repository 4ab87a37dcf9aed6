import { Schema } from "effect"
import { BookingCancelled } from "#domain/booking/BookingCancelled.ts"
import { CleaningCalledOff } from "#domain/cleanup/CleaningCalledOff.ts"
import { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import { RoomCleanedUp } from "#domain/cleanup/RoomCleanedUp.ts"
import { Projection } from "#domain/model/index.ts"
import { Room, Team } from "#domain/values.ts"

const Cleaning = Schema.Struct({ room: Room, team: Schema.optionalKey(Team), done: Schema.Boolean }).annotate({
  identifier: "Cleaning"
})
type Cleaning = typeof Cleaning.Type

const without = (rooms: ReadonlyArray<Cleaning>, { id }: Room): ReadonlyArray<Cleaning> =>
  rooms.filter(({ room }) => room.id !== id)

const withRoom = (rooms: ReadonlyArray<Cleaning>, cleaning: Cleaning): ReadonlyArray<Cleaning> =>
  [...without(rooms, cleaning.room), cleaning].sort((a, b) => a.room.id - b.room.id)

export const CleanupSchedule = Projection.make({
  name: "CleanupSchedule",
  reads: [BookingCancelled, CleanUpScheduled, CleaningCalledOff, RoomCleanedUp],
  state: Schema.Struct({ rooms: Schema.Array(Cleaning) }),
  initial: { rooms: [] },
  evolve: {
    // One that is not done stays on the plan until it is called off: somebody may book the night again before.
    BookingCancelled: ({ rooms }, { room }) => ({
      rooms: rooms.filter((cleaning) => cleaning.room.id !== room.id || !cleaning.done)
    }),
    CleanUpScheduled: ({ rooms }, { room, team }) => ({ rooms: withRoom(rooms, { room, team, done: false }) }),
    CleaningCalledOff: ({ rooms }, { room }) => ({ rooms: without(rooms, room) }),
    RoomCleanedUp: ({ rooms }, { room, team }) => ({
      rooms: withRoom(rooms, team === undefined ? { room, done: true } : { room, team, done: true })
    })
  }
})
