import { Guest, Manager } from "#domain/actors.ts"
import { Slice } from "#domain/model/index.ts"
import { Night, Room } from "#domain/values.ts"
import { Booking } from "./Booking.ts"
import { scenarios } from "./scenarios.ts"

export const booking = Slice.view({
  title: "Guest looks at a night",
  rules: [
    "a night nobody touched is free",
    "a night is free again after a cancellation",
    "availability must be known in real time"
  ],
  by: Guest.gets("/rooms/:room/nights/:date", "Booking form", { also: [Manager] }),
  shows: Booking,
  key: { room: Room, date: Night },
  // Whether a night is free concerns every guest; who booked it does not.
  sees: ({ claims, name }, { availability, client }) =>
    client === undefined || name === Manager.name || claims["client"] === String(client.id)
      ? { availability, ...(client && { client }) }
      : { availability },
  scenarios
})
