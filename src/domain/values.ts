import { DateTime, Option, Schema } from "effect"

/** A room of the hotel. */
export const Room = Schema.Struct({
  id: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9999 })).annotate({ examples: [1] })
}).annotate({ identifier: "Room" })
export type Room = typeof Room.Type

/** A customer of the hotel. */
export const Client = Schema.Struct({
  id: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 999_999_999 })).annotate({ examples: [1] })
}).annotate({ identifier: "Client" })
export type Client = typeof Client.Type

/** Every month has 28 days, so only later days need the calendar. */
const inTheCalendar = (day: string) =>
  day.slice(8) <= "28" ||
  Option.exists(DateTime.make(`${day}T00:00:00Z`), (date) => DateTime.formatIsoDateUtc(date) === day)

/** One night, as the calendar day it begins on: 2022-12-12. */
export const Night = Schema.String.check(
  Schema.isPattern(/^(?:19|20)\d{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/u, {
    message: "Expected a day as YYYY-MM-DD, from 1900 to 2099"
  }),
  Schema.makeFilter((day) => inTheCalendar(day) || "Expected a day that is in the calendar")
)
  .pipe(Schema.brand("Night"))
  .annotate({ identifier: "Night", format: "date" })
export type Night = typeof Night.Type

/** How many nights a stay has. */
export const Nights = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 30 })).annotate({ examples: [2] })
export type Nights = typeof Nights.Type

/** A cleaning team, by its name. */
export const Team = Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9-]{0,19}$/u)).annotate({ identifier: "Team" })
export type Team = typeof Team.Type
