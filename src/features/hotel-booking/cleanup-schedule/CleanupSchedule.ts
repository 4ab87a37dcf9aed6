import { Schema } from "effect"
import { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import { RoomCleanedUp } from "#domain/cleanup/RoomCleanedUp.ts"
import { Projection } from "#domain/model/index.ts"
import { Room, Team } from "#domain/values.ts"

const Cleaning = Schema.Struct({ room: Room, team: Schema.optionalKey(Team), done: Schema.Boolean }).annotate({
  identifier: "Cleaning"
})
type Cleaning = typeof Cleaning.Type

const withRoom = (rooms: ReadonlyArray<Cleaning>, cleaning: Cleaning): ReadonlyArray<Cleaning> =>
  [...rooms.filter(({ room }) => room.id !== cleaning.room.id), cleaning].sort((a, b) => a.room.id - b.room.id)

export const CleanupSchedule = Projection.make({
  name: "CleanupSchedule",
  reads: [CleanUpScheduled, RoomCleanedUp],
  state: Schema.Struct({ rooms: Schema.Array(Cleaning) }),
  initial: { rooms: [] },
  evolve: {
    CleanUpScheduled: ({ rooms }, { room, team }) => ({ rooms: withRoom(rooms, { room, team, done: false }) }),
    RoomCleanedUp: ({ rooms }, { room, team }) => ({
      rooms: withRoom(rooms, team === undefined ? { room, done: true } : { room, team, done: true })
    })
  }
})
