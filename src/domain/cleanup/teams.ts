import { DateTime } from "effect"
import type { Night, Room, Team } from "../values.ts"

/** The cleaning teams of the hotel. */
export const teams: readonly [Team, ...ReadonlyArray<Team>] = ["blue", "green"]

const millisADay = 86_400_000

/** The team that cleans a room on a date: the teams alternate from room to room, and from day to day. */
export const teamFor = (room: Room, date: Night): Team => {
  const day = DateTime.makeUnsafe(`${date}T00:00:00Z`).epochMilliseconds / millisADay
  return teams[Math.abs(room.id + day) % teams.length] ?? teams[0]
}
