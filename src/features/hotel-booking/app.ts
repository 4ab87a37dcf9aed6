import { Guest, Manager } from "#domain/actors.ts"
import { hotelBooking } from "./index.ts"
import { rooms } from "./seeds.ts"

/** The hotel as an app: with the screens of its guests and its manager, and some rooms to begin with. */
export const app = {
  board: hotelBooking,
  seeds: rooms,
  screens: { "/guest": [Guest], "/manager": [Manager] },
  code: ["src/domain", "src/features"],
  readme: "README.md",
  documents: "docs",
  samples: "src/features/hotel-booking/samples.json"
} as const
