import { Boundary } from "./model/index.ts"
import { Night, Room } from "./values.ts"

/** Everything known about one room. */
export const RoomBoundary = Boundary.make({ name: "room", key: { room: Room } })

/** Everything known about one room on one night: booking, cleaning and stay. */
export const RoomNight = Boundary.make({ name: "room-night", key: { room: Room, date: Night } })
