import { RoomAdded } from "#domain/admin/RoomAdded.ts"
import type { Scenario } from "#domain/model/index.ts"
import type { Rooms } from "./Rooms.ts"

export const scenarios: Scenario.Named<Scenario.OfView<typeof Rooms, {}>> = {
  "a new hotel has no rooms": { given: [], at: {}, then: { rooms: [] } },
  "every room that was added is listed": {
    given: [new RoomAdded({ room: { id: 2 } }), new RoomAdded({ room: { id: 1 } })],
    at: {},
    then: { rooms: [{ id: 1 }, { id: 2 }] }
  }
}
