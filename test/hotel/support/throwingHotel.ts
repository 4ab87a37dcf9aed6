import { Board, Projection, Slice } from "#domain/model/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"

type Evolve = Readonly<Record<string, (row: unknown, event: unknown) => unknown>>

/** A hotel whose Booking view throws an error with this message, as long as there is one. */
export const throwingHotel = (errorMessage: () => string | undefined) =>
  Board.make({
    ...hotelBooking,
    slices: hotelBooking.slices.map((slice: Slice.Any) => {
      if (slice._tag !== "View" || slice.shows.name !== "Booking") return slice
      const evolve = Object.fromEntries(
        Object.entries(slice.shows.evolve as Evolve).map(([name, evolve]) => [
          name,
          (row: unknown, event: unknown) => {
            const message = errorMessage()
            if (message !== undefined) throw new Error(message)
            return evolve(row, event)
          }
        ])
      )
      return Slice.view({ ...slice, shows: Projection.make({ ...slice.shows, evolve } as never) } as never)
    }) as never
  }) as typeof hotelBooking
