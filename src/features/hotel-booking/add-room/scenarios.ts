import { RoomAdded } from "#domain/admin/RoomAdded.ts"
import type { Scenario } from "#domain/model/index.ts"
import type { AddRoom } from "./AddRoom.ts"

const room = { id: 1 }

export const scenarios: Scenario.Named<Scenario.OfCommand<typeof AddRoom>> = {
  "a room is added": { given: [], when: { room }, then: [new RoomAdded({ room })] },
  "a room is added once": { given: [new RoomAdded({ room })], when: { room }, then: [] }
}
