import { Boundary } from "#domain/grammar/index.ts"
import { Night, Room } from "#domain/words.ts"

/** Everything known about one room. */
export const TheRoom = Boundary.make({ name: "room", key: { room: Room } })

/** Everything known about one room on one night: booking, cleaning and stay. */
export const RoomNight = Boundary.make({ name: "room-night", key: { room: Room, date: Night } })
